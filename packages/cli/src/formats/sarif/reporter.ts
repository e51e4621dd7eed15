import { sarifRule } from '@gemm-preflight/types';
import type { Log, Notification, ReportingDescriptor, Result } from 'sarif';
import type { CheckedCase } from '../../check/check-case.js';
import { pageUrl } from '../../explain/page-place.js';
import { version } from '../../version.js';
import type { Reporter } from '../reporter.js';
import { fixNotification } from './notification.js';
import { sarifResult } from './result.js';

/**
 * A SARIF 2.1.0 log, which code-scanning services read. Comes at the end, because the rules stand before the results.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifReporter(cwd: string): Reporter {
  const rules: ReportingDescriptor[] = [];
  const indices = new Map<string, number>();
  const results: Result[] = [];
  const notifications: Notification[] = [];
  const indexOf = (name: string): number => {
    const known = indices.get(name);
    if (known !== undefined) return known;
    indices.set(name, rules.length);
    return rules.push(sarifRule(name, pageUrl(name))) - 1;
  };
  return {
    add: (checked: CheckedCase) => {
      for (const fix of checked.fixed) {
        notifications.push(fixNotification(fix, indexOf(fix.rule), checked, cwd));
      }
      for (const diagnostic of checked.result.diagnostics) {
        results.push({ ...sarifResult(diagnostic, checked, cwd), ruleIndex: indexOf(diagnostic.rule) });
      }
      return '';
    },
    end: () => `${JSON.stringify(sarifLog(rules, results, notifications), null, 2)}\n`,
  };
}

function sarifLog(
  rules: ReportingDescriptor[],
  results: Result[],
  toolExecutionNotifications: Notification[],
): Log {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'preflight', semanticVersion: version(), rules } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            ...(toolExecutionNotifications.length > 0 && { toolExecutionNotifications }),
          },
        ],
        results,
      },
    ],
  };
}
