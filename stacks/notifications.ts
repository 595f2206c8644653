import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import type { Names } from './names';
import { componentTag } from './tags';

/** What people are told by; an address has to be confirmed by whoever reads it. */
export class Notifications extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { names, email }: { names: Names; email?: string | undefined }) {
    super(scope, id);
    // Under AWS's own key alarms of CloudWatch could not publish, and what is told holds no secret.
    const topic = new SnsTopic(this, 'topic', { name: names.prefix, tags: componentTag('server') });
    this.arn = topic.arn;
    if (email !== undefined)
      new SnsTopicSubscription(this, 'email', { topicArn: topic.arn, protocol: 'email', endpoint: email });
  }
}
