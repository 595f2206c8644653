import { selectorsOf } from './promql-names';
import type { Problem, Rule } from './rule-file';

/** What every scaling alert must satisfy besides being valid; CONTRACT.md says why. In the order of reporting. */
const ALERT_CHECKS: readonly ((alert: Rule) => Problem[])[] = [
  scaleIsKnown,
  poolIsNamed,
  replaceNamesItsNode,
  labelsAreStatic,
  nodesIsTheValue,
  flagsAreSpelled,
  peopleAreTold,
];

/** Numbers that an operator edits: recording rules with a constant. */
const CONSTANT = /^\s*vector\(\s*(-?[\d.]+(?:e[-+]?\d+)?)\s*\)\s*$/;

/** Time looked at over a duration, which a time scale divides. */
const TIME_IN_RANGE = /\bvector\(\s*time\(\)\s*\)\s*\[[^\]]+\]/g;

/** An Idle target and the threshold that it must stay below: else one rule undoes the other. */
const BELOW: readonly (readonly [string, string])[] = [
  ['smartscale:idle:cpu_target_percent', 'smartscale:high_cpu:threshold_percent'],
  ['smartscale:idle:memory_target_percent', 'smartscale:high_memory:threshold_percent'],
];

/** Everything in these rules that breaks the contract with the webhook. */
export function contractProblems(rules: readonly Rule[]): Problem[] {
  const scaling = rules.filter((rule) => rule.kind === 'alert' && rule.labels['scale'] !== undefined);
  return [
    ...scaling.flatMap((alert) => ALERT_CHECKS.flatMap((check) => check(alert))),
    ...rules.flatMap(forIsADuration),
    ...rules.flatMap(timeIsInDurations),
    ...rules.flatMap(percentIsOne),
    ...targetsAreBelow(rules),
  ];
}

/** The number of a constant recording rule such as `vector(70)`, else undefined. */
export function constantOf(rule: Rule): number | undefined {
  const number = CONSTANT.exec(rule.expr.value)?.[1];
  return rule.kind === 'record' && number !== undefined ? Number(number) : undefined;
}

function scaleIsKnown({ name, labels }: Rule): Problem[] {
  const scale = labels['scale'];
  if (scale === undefined || /^(up|down|replace)$/.test(scale.value)) return [];
  return [problem(scale.line, `${name}: scale is "${scale.value}". Write up, down or replace.`)];
}

function poolIsNamed({ name, line, labels, expr }: Rule): Problem[] {
  const pool = labels['pool'];
  const advice = `Add the label pool: '{{ $labels.pool }}' and keep pool in the expression, or name a pool.`;
  if (pool === undefined || pool.value === '') return [problem(line, `${name} has no label pool. ${advice}`)];
  const taken = pool.value.includes('$labels.pool');
  const kept =
    /\bpool\b/.test(expr.value) || selectorsOf(expr.value).some(({ metric }) => metric.startsWith('smartscale:'));
  return taken && !kept ? [problem(expr.line, `${name}: the expression loses the label pool. ${advice}`)] : [];
}

function replaceNamesItsNode({ name, line, labels }: Rule): Problem[] {
  if (labels['scale']?.value !== 'replace' || labels['node'] !== undefined) return [];
  return [problem(line, `${name} replaces a node but does not name it. Add the label node: '{{ $labels.node }}'.`)];
}

function labelsAreStatic({ name, labels }: Rule): Problem[] {
  return Object.entries(labels)
    .filter(([, { value }]) => /\{\{/.test(value.replaceAll(/\{\{\s*\$labels\.\w+\s*\}\}/g, '')))
    .map(([label, { line }]) =>
      problem(
        line,
        `${name}: the label ${label} changes with the value, and each change is a new alert. Use an annotation.`,
      ),
    );
}

function nodesIsTheValue({ name, annotations }: Rule): Problem[] {
  const nodes = annotations['nodes'];
  if (nodes === undefined || /^\{\{\s*\$value\s*\}\}$/.test(nodes.value)) return [];
  const advice = `Write '{{ $value }}' and let the expression give the nodes needed in all, or leave nodes out for the pool's step.`;
  return [problem(nodes.line, `${name}: nodes is "${nodes.value}". ${advice}`)];
}

function flagsAreSpelled({ name, annotations }: Rule): Problem[] {
  const allowed = { urgent: 'true', pods: 'unschedulable' };
  return Object.entries(allowed).flatMap(([key, value]) => {
    const given = annotations[key];
    if (given === undefined || given.value === value) return [];
    return [problem(given.line, `${name}: ${key} is "${given.value}". Write '${value}' or leave it out.`)];
  });
}

function peopleAreTold({ name, line, annotations }: Rule): Problem[] {
  return ['summary', 'description', 'runbook_url']
    .filter((key) => (annotations[key]?.value ?? '') === '')
    .map((key) =>
      problem(line, `${name} has no annotation ${key}. People read it in history and notifications: add it.`),
    );
}

function forIsADuration({ name, for: duration }: Rule): Problem[] {
  if (duration === undefined || /^(?:\d+(?:ms|[smhdwy]))+$/.test(duration.value)) return [];
  return [problem(duration.line, `${name}: for is "${duration.value}". Write a duration such as 3m or 1m30s.`)];
}

function timeIsInDurations({ name, expr }: Rule): Problem[] {
  const lines = expr.value.split('\n').map((text) => text.replace(TIME_IN_RANGE, ''));
  const found = lines.findIndex((text) => /\b(?:time|timestamp)\s*\(/.test(text));
  if (found < 0) return [];
  const advice = 'A time scale cannot divide bare seconds: say "for longer than 2m" as "x and x offset 2m".';
  return [problem(expr.line + found, `${name} reckons with time() or timestamp(). ${advice}`)];
}

function percentIsOne(rule: Rule): Problem[] {
  if (!rule.name.endsWith('_percent') || !/vector\(.*\)/.test(rule.expr.value)) return [];
  const number = constantOf(rule);
  if (number !== undefined && number > 0 && number <= 100) return [];
  return [
    problem(rule.expr.line, `${rule.name} is "${rule.expr.value.trim()}". Write vector(N), N above 0 and at most 100.`),
  ];
}

function targetsAreBelow(rules: readonly Rule[]): Problem[] {
  const find = (name: string): Rule | undefined => rules.find((rule) => rule.name === name);
  return BELOW.flatMap(([lower, upper]) => {
    const target = find(lower);
    const threshold = find(upper);
    if (target === undefined || threshold === undefined) return [];
    if ((constantOf(target) ?? 0) < (constantOf(threshold) ?? Infinity)) return [];
    const advice = 'Lower the target: else Idle gives back what the up rule then asks for.';
    return [problem(target.expr.line, `${lower} is not below ${upper}. ${advice}`)];
  });
}

function problem(line: number, message: string): Problem {
  return { line, message };
}
