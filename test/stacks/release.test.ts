import { createHash } from 'node:crypto';
import { every, LEAST, named, only, synthesise, type Synthesised } from './support/synthesised';

const stack = synthesise();

test('the release lists the checksum of each of its files, and SSM has that of the list, which is written last', () => {
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

test('the server finds its K3s in SSM, which another version changes, and neither the server nor its user data', () => {
  const other = synthesise({ ...LEAST, k3s: { version: 'v1.33.7+k3s1' } });
  const release = (of: Synthesised) => named(of, 'aws_ssm_parameter', '/smartscale/main/k3s')['value'];
  expect(release(stack)).toMatch(/^v1\.34\.3\+k3s1 fa37b06d[0-9a-f]{56}$/);
  expect(release(other)).toMatch(/^v1\.33\.7\+k3s1 4648225a[0-9a-f]{56}$/);
  expect(only(other, 'aws_instance')).toEqual(only(stack, 'aws_instance'));
  expect(JSON.stringify(only(stack, 'aws_instance')['depends_on'])).toContain('aws_ssm_parameter.cluster_k3s');
});
