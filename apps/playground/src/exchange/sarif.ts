import {
  type CheckResult,
  type Fix,
  type RuleSetName,
  sarifLevels,
  sarifRule,
  type TargetName,
} from '@gemm-preflight/types';
import about from '@gemm-preflight/types/package.json' with { type: 'json' };
import { type JsonNode, placeOf, readJson } from './json-nodes.js';

/**
 * A SARIF 2.1.0 log of one check: where each finding stands in the configuration as it is downloaded, and fixes as replacements.
 * @param json the configuration's text
 * @param uri the name of its file
 * @param rulesAt the address of the folder of the rules' pages, if they are on the web
 */
export function sarifLog(
  { diagnostics }: CheckResult,
  {
    json,
    uri,
    target,
    ruleSet,
    rulesAt,
  }: {
    readonly json: string;
    readonly uri: string;
    readonly target: TargetName;
    readonly ruleSet: RuleSetName;
    readonly rulesAt?: string | undefined;
  },
): string {
  const members = readJson(json)[0]?.members?.get('options')?.node.members ?? new Map();
  const regionOf = (node: Pick<JsonNode, 'start' | 'end'>) => {
    const [start, end] = [placeOf(json, node.start), placeOf(json, node.end)];
    return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  };
  const fixOf = ({ title, changes }: Fix) => {
    const places = changes.map(({ field, to }) => ({ node: members.get(field)?.node, to }));
    if (!places.every(({ node, to }) => node !== undefined && to !== undefined)) return [];
    const replacements = places.map(({ node, to }) => ({
      deletedRegion: regionOf(node),
      insertedContent: { text: JSON.stringify(to) },
    }));
    return [{ description: { text: title }, artifactChanges: [{ artifactLocation: { uri }, replacements }] }];
  };
  const pageOf = (rule: string) => rulesAt && new URL(`${rule}.html`, rulesAt).href;
  const rules = [...new Set(diagnostics.map(({ rule }) => rule))];
  const results = diagnostics.map(({ rule, severity, message, fields, fixes = [] }) => {
    const member = fields.map((field) => members.get(field)).find((found) => found !== undefined);
    const region = member ? regionOf({ start: member.nameAt, end: member.node.end }) : { startLine: 1 };
    const applicable = fixes.flatMap(fixOf);
    return {
      ruleId: rule,
      ruleIndex: rules.indexOf(rule),
      level: sarifLevels[severity],
      message: { text: message },
      locations: [{ physicalLocation: { artifactLocation: { uri }, region } }],
      ...(applicable.length > 0 && { fixes: applicable }),
      properties: { target, ruleSet, fields },
    };
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'preflight',
            // All packages have one version.
            semanticVersion: about.version,
            rules: rules.map((rule) => sarifRule(rule, pageOf(rule))),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true }],
        artifacts: [{ location: { uri }, contents: { text: json } }],
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
