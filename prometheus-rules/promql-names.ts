/** A metric that an expression names, and the labels that its selectors match. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

const KEYWORDS = new Set(
  'and or unless on ignoring group_left group_right by without bool offset start end inf nan atan2'.split(' '),
);
/** These are followed by a list of labels, not of metrics. */
const LABEL_LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi;
const STRINGS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g;
const COMMENTS = /#.*$/gm;
const RANGES = /\[[^\]]*\]/g;
const NAMELESS = /(^|[^\w:\s])(\s*)\{[^}]*\}/g;
const SELECTOR = /(?<![\w.])([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?(\s*\()?/g;
const MATCHER_LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)/g;

/** The selectors of a PromQL expression in their order, functions, keywords, strings and durations aside. */
export function selectorsOf(expression: string): Selector[] {
  const bare = expression
    .replace(STRINGS, '""')
    .replace(COMMENTS, '')
    .replace(RANGES, '')
    .replace(LABEL_LISTS, ' ')
    .replace(NAMELESS, '$1');
  return [...bare.matchAll(SELECTOR)].flatMap(([, name = '', matchers = '', call]) => {
    if (call !== undefined || isNoMetric(name, matchers)) return [];
    return [{ metric: name, labels: [...matchers.matchAll(MATCHER_LABEL)].map(([, label = '']) => label) }];
  });
}

/** An aggregation's `by (...)` is gone by now when it stood before the bracket, and the bracket follows it. */
function isNoMetric(name: string, matchers: string): boolean {
  return matchers === '' && (KEYWORDS.has(name.toLowerCase()) || AGGREGATIONS.has(name));
}

const AGGREGATIONS = new Set(
  'sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio'.split(' '),
);
