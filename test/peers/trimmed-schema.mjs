/**
 * Of a provider's schema what the tests of test/stacks need: names of attributes and blocks, and which must or must not be
 * set. As a program it makes the fixture: `terraform providers schema -json | node test/peers/trimmed-schema.mjs`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROVIDER = 'registry.terraform.io/hashicorp/aws';
const FIXTURE = fileURLToPath(new URL('../fixtures/terraform/aws-5.100.0.json', import.meta.url));

export function trimmedSchema(schema, { resource, data }) {
  const { resource_schemas: resources, data_source_schemas: sources } = schema.provider_schemas[PROVIDER];
  const pick = (all, types) => Object.fromEntries([...types].sort().map((type) => [type, block(all[type].block)]));
  return { resource: pick(resources, resource), data: pick(sources, data) };
}

function block({ attributes = {}, block_types: blocks = {} }) {
  return {
    ...group(attributes, 'required', ({ required }) => required),
    ...group(attributes, 'optional', ({ optional }) => optional),
    ...group(attributes, 'readOnly', ({ required, optional }) => !required && !optional),
    ...(Object.keys(blocks).length > 0 && {
      blocks: Object.fromEntries(
        Object.entries(blocks).map(([name, { block: inner, min_items: min, max_items: max }]) => [
          name,
          { ...(min && { min }), ...(max && { max }), ...block(inner) },
        ]),
      ),
    }),
  };
}

function group(attributes, name, belongs) {
  const names = Object.keys(attributes).filter((it) => belongs(attributes[it]));
  return names.length > 0 ? { [name]: names.sort() } : {};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const known = JSON.parse(readFileSync(FIXTURE, 'utf8'));
  const types = { resource: Object.keys(known.resource), data: Object.keys(known.data) };
  process.stdout.write(`${JSON.stringify(trimmedSchema(JSON.parse(readFileSync(0, 'utf8')), types))}\n`);
}
