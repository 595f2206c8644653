import { schemaMistakes } from './support/provider-schema';
import { LEAST, synthesise, WORKERS } from './support/synthesised';

const existing = { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] };

describe.each<[what: string, smartscale: object]>([
  ['as it is shipped', LEAST],
  [
    'with all that is optional',
    { ...LEAST, network: { nat: 'nat-instance', flowLogs: true }, alarms: { email: 'a@example.com' } },
  ],
  ['in a VPC that is there', { ...LEAST, network: { existing } }],
  [
    'in public subnets, with two pools',
    {
      ...LEAST,
      network: { nat: 'public-subnets' },
      pools: { workers: WORKERS, batch: { ...WORKERS, capacity: 'spot' } },
      volumeKey: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    },
  ],
])('what is made %s', (_what, smartscale) => {
  test('is what the AWS provider takes', () => {
    expect(schemaMistakes(synthesise(smartscale))).toEqual([]);
  });
});

test('an attribute that is unknown, missing or not ours to set is found, however deep', () => {
  const resource = {
    aws_sns_topic: { one: { nmae: 'x' } },
    aws_s3_object: { two: { bucket: 'b', arn: 'x' } },
    aws_instance: { three: { lifecycle: {}, root_block_device: { encripted: true }, metadata_options: [{}, {}] } },
    aws_lambda_function: { four: {} },
  };
  expect(schemaMistakes({ resource, data: {} })).toEqual([
    'resource.aws_sns_topic.one: nmae is unknown',
    'resource.aws_s3_object.two: lacks key',
    'resource.aws_s3_object.two: arn is read-only',
    'resource.aws_instance.three.metadata_options: is there 2 times, must be 0 to 1',
    'resource.aws_instance.three.root_block_device: encripted is unknown',
    'resource.aws_lambda_function.four: is not in the fixture',
  ]);
});
