import { createHash } from 'node:crypto';
import { every, synthesise } from './support/synthesised';

test('the release lists the checksum of each of its files, and SSM has that of the list, which is written last', () => {
  const stack = synthesise();
  const objects = every(stack, 'aws_s3_object');
  const list = String(objects.find((it) => it['key'] === 'release/SHA256SUMS')?.['content']);
  const others = objects.filter((it) => it['content'] === undefined);
  expect(list.split('\n').filter(Boolean).sort()).toEqual(
    others.map((it) => `${String(it['source_hash'])}  ${String(it['key']).replace('release/', '')}`).sort(),
  );
  const parameter = every(stack, 'aws_ssm_parameter').find((it) => it['name'] === '/smartscale/main/release');
  expect(parameter?.['value']).toBe(createHash('sha256').update(list).digest('hex'));
  expect(parameter?.['depends_on']).toHaveLength(objects.length);
});
