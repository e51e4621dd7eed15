import type { ReactNode } from 'react';

/** A part of the page that scrolls by itself, by keyboard too. */
export function Scrolls({
  label,
  className = '',
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className={`scrolls ${className}`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
