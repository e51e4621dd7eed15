/**
 * What a file may cost that somebody else made. Each limit is far above what compilers write, and keeps a file that was
 * made to do harm from taking memory or time out of proportion to its size.
 */
export const cubinLimits = {
  /** Of a cubin, a fatbin or a source, and of what is decompressed out of one. */
  fileBytes: 256 * 2 ** 20,
  sections: 16_384,
  kernels: 4096,
  /** Of the name of a section or a kernel. Names of C++ templates have thousands. */
  nameBytes: 8192,
  /** Of all attributes of a cubin together. */
  attributeBytes: 16 * 2 ** 20,
  fatbinMembers: 4096,
} as const;
