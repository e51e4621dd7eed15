import type { Dim3 } from '@gemm-preflight/types';

/** A whole number with its thousands apart: `122,880`. Not by Intl, whose start alone takes a quarter of a short run. */
export function grouped(value: number): string {
  const digits = Number.isInteger(value) ? BigInt(value).toString() : String(value);
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size to three digits: `512 bytes`, `120 KiB`, `1.5 GiB`. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${Number(scaled.toPrecision(unit === 0 ? 4 : 3))} ${units[unit]}`;
}

/** Shares above this say no more than that somebody wrote nonsense. */
const mostPercent = 1_000_000;

/** A share of a whole: `23 %`. */
export function percent(share: number): string {
  const value = Number((share * 100).toPrecision(2));
  return value > mostPercent ? `over ${grouped(mostPercent)} %` : `${value} %`;
}

/** How much of a whole a part is: `23 %`, `under 0.01 %`. */
export function share(part: number, whole: number): string {
  if (part > 0 && part / whole < 0.0001) return 'under 0.01 %';
  return percent(whole === 0 ? 0 : part / whole);
}

/** Three extents: `16 × 9 × 1`. */
export function dim3({ x, y, z }: Dim3): string {
  return `${grouped(x)} × ${grouped(y)} × ${grouped(z)}`;
}
