import type { ArtifactLocation, Location, Region } from 'sarif';
import type { Case, CasePlace } from '../../input/case.js';
import { pathUri } from '../paths.js';

/** The file of a case; undefined for the standard input. */
export function artifactOf({ file }: CasePlace, cwd: string): ArtifactLocation | undefined {
  if (file === undefined) return undefined;
  const { uri, isRelative } = pathUri(cwd, file);
  return { uri, ...(isRelative && { uriBaseId: '%SRCROOT%' }) };
}

/** Where a case has a field, or the case itself where it has not. */
export function locationOf(field: string | undefined, { label, place }: Case, cwd: string): Location {
  const artifactLocation = artifactOf(place, cwd);
  return {
    ...(artifactLocation && { physicalLocation: { artifactLocation, region: regionOf(field, place) } }),
    logicalLocations: [{ fullyQualifiedName: field === undefined ? label : `${label}.${field}` }],
  };
}

/** Where a case has another field that a result speaks of. */
export function relatedLocation(
  field: string,
  id: number,
  artifactLocation: ArtifactLocation,
  place: CasePlace,
): Location {
  return {
    id,
    message: { text: field },
    physicalLocation: { artifactLocation, region: regionOf(field, place) },
  };
}

function regionOf(field: string | undefined, place: CasePlace): Region {
  return (field === undefined ? undefined : place.regionOf(field)) ?? place.start();
}
