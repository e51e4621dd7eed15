import type { ReadFile } from '../cubins/device-file.js';

/** What a file with device code holds, as JSON. */
export function inspectJson({ path, kind, bytes, images }: ReadFile): string {
  const document = {
    file: path,
    kind,
    bytes,
    images: images.map((image) => ({
      place: image.place,
      kind: image.kind,
      // A cubin says it itself; of other code there is the number of its container.
      arch: image.cubin?.arch ?? (image.smVersion === undefined ? null : `sm${image.smVersion}`),
      compression: image.compression,
      bytes: image.size,
      sha256: image.sha256 ?? null,
      kernels: image.cubin?.kernels ?? [],
      ...(image.problem !== undefined && { problem: image.problem }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
