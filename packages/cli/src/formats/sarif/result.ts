import { type Diagnostic, type Fix, sarifLevels } from '@gemm-preflight/types';
import type { ArtifactLocation, Replacement, Result, Fix as SarifFix } from 'sarif';
import type { CheckedCase } from '../../check/check-case.js';
import type { CasePlace } from '../../input/case.js';
import { artifactOf, locationOf, relatedLocation } from './location.js';

/** A diagnostic with its place in the file: the first field at fault that is there, the others as related. */
export function sarifResult(
  { rule, severity, message, fields, fixes = [] }: Diagnostic,
  { case: given, target, kernel }: CheckedCase,
  cwd: string,
): Result {
  const { label, place } = given;
  const artifact = artifactOf(place, cwd);
  const present = fields.filter((field) => place.regionOf(field) !== undefined);
  const [first, ...others] = present;
  const related = artifact && others.map((field, id) => relatedLocation(field, id, artifact, place));
  const applicable = artifact ? fixes.flatMap((fix) => sarifFix(fix, artifact, place) ?? []) : [];
  return {
    ruleId: rule,
    level: sarifLevels[severity],
    message: { text: message },
    locations: [locationOf(first, given, cwd)],
    ...(related && related.length > 0 && { relatedLocations: related }),
    ...(applicable.length > 0 && { fixes: applicable }),
    properties: {
      case: label,
      target: target.name,
      ...(kernel && { kernel: kernel.functionName }),
      fields,
    },
  };
}

/** A fix as replacements of values in the file; undefined where one of them does not stand there. */
function sarifFix(
  { title, changes }: Fix,
  artifact: ArtifactLocation,
  place: CasePlace,
): SarifFix | undefined {
  const replacements: Replacement[] = [];
  for (const { field, to } of changes) {
    const region = place.regionOf(field, 'value');
    if (region === undefined || to === undefined) return undefined;
    replacements.push({ deletedRegion: region, insertedContent: { text: JSON.stringify(to) } });
  }
  return {
    description: { text: title },
    artifactChanges: [{ artifactLocation: artifact, replacements }],
  };
}
