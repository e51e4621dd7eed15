/** As long as a file's name may be on most systems, less the ending and a part of a digest. */
const longest = 200;

/** Gives cubins names of files, whatever somebody has named their kernels. */
export class CubinNames {
  readonly #taken = new Set<string>();

  /**
   * A path below the catalog's folder that no other cubin has.
   * @param name what to name it after
   * @param sha256 its digest, of which a part tells namesakes apart
   */
  pathFor(name: string, sha256: string): string {
    const safe = name.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_') || 'kernel';
    const cut = safe.slice(0, longest);
    // Some systems do not tell capitals from small letters.
    const isTaken = cut !== safe || this.#taken.has(cut.toLowerCase());
    const file = isTaken ? `${cut}-${sha256.slice(0, 16)}` : cut;
    this.#taken.add(file.toLowerCase());
    return `cubins/${file}.cubin`;
  }
}
