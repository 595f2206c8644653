import { constantOf } from './contract-checks';
import { readRules } from './rule-file';

/** The numbers that the tests are written for: an operator who edits one gets the same mechanism at another number. */
export const SHIPPED_NUMBERS: Readonly<Record<string, number>> = {
  'smartscale:high_cpu:threshold_percent': 70,
  'smartscale:high_memory:threshold_percent': 75,
  'smartscale:idle:cpu_target_percent': 50,
  'smartscale:idle:memory_target_percent': 60,
  'smartscale:idle:requests_target_percent': 85,
};

export interface EditedNumber {
  readonly name: string;
  readonly line: number;
  readonly now: number;
  readonly shipped: number;
}

/** The numbers of these rules that are not as shipped. */
export function editedNumbers(text: string): EditedNumber[] {
  return readRules(text).rules.flatMap((rule) => {
    const now = constantOf(rule);
    const shipped = SHIPPED_NUMBERS[rule.name];
    if (now === undefined || shipped === undefined || now === shipped) return [];
    return [{ name: rule.name, line: rule.expr.line, now, shipped }];
  });
}

/** The rules with these numbers as shipped. */
export function withShippedNumbers(text: string, edited: readonly EditedNumber[]): string {
  const lines = text.split('\n');
  for (const { line, shipped } of edited) {
    lines[line - 1] = (lines[line - 1] ?? '').replace(/vector\([^)]*\)/, `vector(${shipped})`);
  }
  return lines.join('\n');
}
