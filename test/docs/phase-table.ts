import type { PhaseRow } from '../../webhook/operation/transitions';

/** A transition table as README.md shows it. */
export function phaseTable(table: Readonly<Record<string, PhaseRow<string>>>): string {
  const rows = Object.entries(table).flatMap(([phase, { acts, exits }]) =>
    exits.map(({ to, when }, i) => `| ${i === 0 ? phase : ''} | ${i === 0 ? acts : ''} | ${to} | ${when} |`),
  );
  return ['| phase | acts | leaves to | when |', '| --- | --- | --- | --- |', ...rows].map(trimmed).join('\n');
}

function trimmed(row: string): string {
  return row.replace(/ +\|/g, ' |');
}
