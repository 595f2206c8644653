import type { Paint } from './paint';

/** What must hold at the end of a scenario. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly seen: string;
}

export function check(what: string, ok: boolean, seen: string): Check {
  return { what, ok, seen };
}

export function checkLine({ what, ok, seen }: Check, paint: Paint): string {
  return `  ${ok ? paint.green('ok  ') : paint.red('FAIL')} ${what} ${paint.dim(`(${seen})`)}`;
}
