import type { Synthesised } from './synthesised';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** As AWS might answer it: references to what is made are known only after the deployment. */
export function resolved(stack: Synthesised, text: string): string {
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, reference: string) => valueOf(stack, reference));
}

function valueOf({ resource }: Synthesised, reference: string): string {
  const [type = '', id = '', attribute = ''] = reference.replace(/^data\./, '').split('.');
  const nameOf = () => String(resource[type]?.[id]?.['name']);
  const arn = (service: string, path: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${path}`;
  const answers: Readonly<Record<string, () => string>> = {
    'aws_partition.partition': () => 'aws',
    'aws_caller_identity.account_id': () => ACCOUNT,
    'aws_dynamodb_table.arn': () => arn('dynamodb', `table/${nameOf()}`),
    'aws_s3_bucket.arn': () => 'arn:aws:s3:::smartscale-main-bucket',
    'aws_launch_template.arn': () => arn('ec2', `launch-template/lt-${nameOf()}`),
    'aws_subnet.id': () => `subnet-${id.replace(/_[0-9A-F]+$/, '')}`,
    'aws_security_group.arn': () => arn('ec2', `security-group/sg-${nameOf()}`),
    'aws_iam_role.arn': () => `arn:aws:iam::${ACCOUNT}:role/${nameOf()}`,
    'aws_cloudwatch_log_group.arn': () => arn('logs', `log-group:${nameOf()}`),
    'aws_sns_topic.arn': () => arn('sns', nameOf()),
  };
  const answer = answers[`${type}.${attribute}`];
  if (!answer) throw new Error(`nobody knows ${reference}`);
  return answer();
}
