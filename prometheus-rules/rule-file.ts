import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Node, type Scalar, type YAMLMap } from 'yaml';

/** A value and the line of the file (from 1) on which it begins. */
export interface Placed<T> {
  readonly value: T;
  readonly line: number;
}

/** A recording rule or an alert of a rule file. */
export interface Rule {
  readonly kind: 'record' | 'alert';
  readonly name: string;
  readonly group: string;
  /** Line of `record:` or `alert:`. */
  readonly line: number;
  readonly expr: Placed<string>;
  readonly for: Placed<string> | undefined;
  readonly labels: Readonly<Record<string, Placed<string>>>;
  readonly annotations: Readonly<Record<string, Placed<string>>>;
}

export interface Problem {
  readonly line: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** The rules of a file with their lines, or what is wrong with its YAML. */
export function readRules(text: string): { rules: Rule[]; problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: `${error.message.split('\n')[0]?.replace(/ at line.*/, '')} Mend the YAML: indentation, quotes, colons.`,
  }));
  const groups = document.get('groups');
  if (problems.length > 0 || !isSeq(groups)) return { rules: [], problems };
  const lineOf = (node: Node): number => lines.linePos(node.range?.[0] ?? 0).line;
  const rules = groups.items.filter(isAnyMap).flatMap((group) => {
    const items = group.get('rules');
    if (!isSeq(items)) return [];
    return items.items.filter(isAnyMap).map((rule) => readRule(rule, textOf(group.get('name')), lineOf));
  });
  return { rules, problems };
}

function readRule(rule: YAMLMap, group: string, lineOf: (node: Node) => number): Rule {
  const kind = rule.has('alert') ? 'alert' : 'record';
  const name = rule.get(kind, true);
  const expr = rule.get('expr', true);
  const line = isScalar(name) ? lineOf(name) : lineOf(rule);
  const wait = rule.get('for', true);
  return {
    kind,
    name: textOf(rule.get(kind)),
    group,
    line,
    expr: { value: textOf(rule.get('expr')), line: isScalar(expr) ? contentLine(expr, lineOf) : line },
    for: isScalar(wait) ? { value: textOf(wait), line: lineOf(wait) } : undefined,
    labels: readMap(rule.get('labels'), lineOf),
    annotations: readMap(rule.get('annotations'), lineOf),
  };
}

/** The text of a block scalar begins on the line after its `|` or `>`. */
function contentLine(scalar: Scalar, lineOf: (node: Node) => number): number {
  const block = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
  return lineOf(scalar) + (block ? 1 : 0);
}

function readMap(map: unknown, lineOf: (node: Node) => number): Record<string, Placed<string>> {
  if (!isMap(map)) return {};
  return Object.fromEntries(
    map.items.map(({ key, value }) => {
      const line = isScalar(key) ? lineOf(key) : 0;
      return [textOf(key), { value: textOf(value), line }];
    }),
  );
}

function isAnyMap(node: unknown): node is YAMLMap {
  return isMap(node);
}

function textOf(node: unknown): string {
  const value = isScalar(node) ? node.value : node;
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}
