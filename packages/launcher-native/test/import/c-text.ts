/** A cubin as engines embed it: an array and its length. */
export function asCArray(name: string, bytes: Uint8Array, type = 'const unsigned char'): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 12) {
    const row = [...bytes.subarray(at, at + 12)].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`);
    rows.push(`  ${row.join(', ')}`);
  }
  return `${type} ${name}_cubin_data[] = {\n${rows.join(',\n')}\n};\nunsigned int ${name}_cubin_len = ${bytes.length};\n`;
}
