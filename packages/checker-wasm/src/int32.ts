/** Whether a value is a number that fits a 32-bit signed slot. */
export function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}
