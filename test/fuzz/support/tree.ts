/** JSON as it is written, not as it is read: keys may come twice or be `__proto__`, numbers may be none. */
export type Tree =
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Tree])[] }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  /** A scalar, or what pretends to be one. */
  | { readonly kind: 'raw'; readonly text: string };

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) {
    return { kind: 'object', entries: Object.entries(value).map(([key, child]) => [key, treeOf(child)] as const) };
  }
  return { kind: 'raw', text: JSON.stringify(value) };
}

export function render(tree: Tree): string {
  if (tree.kind === 'raw') return tree.text;
  if (tree.kind === 'list') return `[${tree.items.map(render).join(',')}]`;
  return `{${tree.entries.map(([key, child]) => `${JSON.stringify(key)}:${render(child)}`).join(',')}}`;
}

/** Every place of the tree, the root first. */
export function places(tree: Tree): readonly (readonly number[])[] {
  const children = tree.kind === 'object' ? tree.entries.map(([, child]) => child) : childrenOf(tree);
  return [[], ...children.flatMap((child, i) => places(child).map((path) => [i, ...path]))];
}

function childrenOf(tree: Tree): readonly Tree[] {
  return tree.kind === 'list' ? tree.items : [];
}

/** The tree with another in this place; null takes the place away. The root cannot be taken away. */
export function replaced(tree: Tree, path: readonly number[], change: (old: Tree) => Tree | null): Tree {
  const [at, ...rest] = path;
  if (at === undefined) return change(tree) ?? tree;
  if (tree.kind === 'list') {
    return { kind: 'list', items: tree.items.flatMap((item, i) => (i === at ? child(item, rest, change) : [item])) };
  }
  if (tree.kind === 'raw') return tree;
  const entries = tree.entries.flatMap(([key, value], i) =>
    (i === at ? child(value, rest, change) : [value]).map((it) => [key, it] as const),
  );
  return { kind: 'object', entries };
}

function child(tree: Tree, path: readonly number[], change: (old: Tree) => Tree | null): readonly Tree[] {
  if (path.length > 0) return [replaced(tree, path, change)];
  const changed = change(tree);
  return changed === null ? [] : [changed];
}
