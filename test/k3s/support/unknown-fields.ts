import * as client from '@kubernetes/client-node';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

const MODELS = client as unknown as Readonly<Record<string, Model | undefined>>;

/**
 * Paths of what no model of the official client knows: the API server drops such a field and says nothing. `type` is the
 * name of a model, or `Array<...>` of one; anything else may hold what it likes.
 */
export function unknownFields(value: unknown, type: string, path = ''): readonly string[] {
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element && Array.isArray(value)) return value.flatMap((it, i) => unknownFields(it, element, `${path}[${i}]`));
  const model = Object.hasOwn(client, type) ? MODELS[type] : undefined;
  if (!model || typeof value !== 'object' || value === null) return [];
  const known = new Map(model.getAttributeTypeMap().map((it) => [it.baseName, it.type]));
  return Object.entries(value).flatMap(([key, inner]) => {
    const inside = known.get(key);
    return inside === undefined ? [`${path}.${key}`] : unknownFields(inner, inside, `${path}.${key}`);
  });
}
