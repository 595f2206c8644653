/** What was found, for people and for programs. */
import { oneLine } from '../model/one-line';
import { scrub } from '../telemetry/scrub';
import type { Severity } from './judgement/codes';
import type { Finding } from './judgement/finding';

const ORDER: readonly Severity[] = ['problem', 'warning', 'unknown'];
const WORDS: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  problem: ['problem', 'problems'],
  warning: ['warning', 'warnings'],
  unknown: ['not checked', 'not checked'],
};
/** Characters of what a peer said. */
const SHOWN = 500;

/** 0: fit to start, perhaps with warnings; 1: something will not work. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ severity }) => severity === 'problem') ? 1 : 0;
}

export function jsonReport(findings: readonly Finding[]): string {
  const counts = Object.fromEntries(ORDER.map((severity) => [severity, countOf(findings, severity)]));
  return `${JSON.stringify({ ok: exitCodeOf(findings) === 0, counts, findings: worstFirst(findings).map(shown) }, null, 2)}\n`;
}

/** `checked`: what it was about, in words. */
export function textReport(findings: readonly Finding[], checked: string): string {
  const entries = worstFirst(findings).map(shown).map(entry);
  const counts = ORDER.map((severity) => [severity, countOf(findings, severity)] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${WORDS[severity][count === 1 ? 0 : 1]}`);
  const sum = counts.length === 0 ? 'everything is in order' : counts.join(', ');
  return [...entries, `${checked}: ${sum}`, ''].join('\n');
}

function entry({ severity, code, key, what, advice }: Finding): string {
  return `${WORDS[severity][0]}: ${code} (${key})\n  ${what}\n  -> ${advice}\n`;
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((it) => it.severity === severity).length;
}

function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** Peers may answer with anything: no line breaks, no control characters, no secrets. */
function shown(found: Finding): Finding {
  return { ...found, what: oneLine(scrub(found.what), SHOWN) };
}
