import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { Names } from '../names';
import { componentTag } from '../tags';

interface Port {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly what: string;
}

const API: Port = { protocol: 'tcp', port: 6443, what: 'API server and join' };
const FLANNEL: Port = { protocol: 'udp', port: 8472, what: 'pod network' };
const KUBELET: Port = { protocol: 'tcp', port: 10_250, what: 'logs, exec and metrics of kubelets' };

/** From whom, to whom, where: all that may come in. People come through Session Manager, which needs no open port. */
const OPEN: readonly { readonly from: Side; readonly to: Side; readonly ports: readonly Port[] }[] = [
  { from: 'workers', to: 'server', ports: [API, FLANNEL, KUBELET] },
  { from: 'server', to: 'workers', ports: [FLANNEL, KUBELET] },
  { from: 'workers', to: 'workers', ports: [FLANNEL, KUBELET] },
];
type Side = 'server' | 'workers';

/**
 * One group for the server, one for the workers, and who may reach what. The webhook, Prometheus and Alertmanager are on
 * the server and reach each other there: their ports are open to nobody. node-exporter is in the network of pods.
 */
export class SecurityGroups extends Construct {
  readonly server: SecurityGroup;
  readonly workers: SecurityGroup;

  constructor(scope: Construct, id: string, { names, vpcId }: { names: Names; vpcId: string }) {
    super(scope, id);
    const group = (side: Side) => this.#group(side, names, vpcId);
    this.server = group('server');
    this.workers = group('workers');
    for (const { from, to, ports } of OPEN) {
      for (const port of ports) this.#open(from, to, port);
    }
  }

  #group(side: Side, { prefix }: Names, vpcId: string): SecurityGroup {
    const tags = componentTag(side, `${prefix}-${side}`);
    const description = `${side} of ${prefix}`;
    const group = new SecurityGroup(this, side, { name: `${prefix}-${side}`, description, vpcId, tags });
    new VpcSecurityGroupEgressRule(this, `${side}-out`, {
      securityGroupId: group.id,
      ipProtocol: '-1',
      cidrIpv4: '0.0.0.0/0',
      description: 'images, AWS, and whatever pods talk to',
      tags: componentTag(side),
    });
    return group;
  }

  #open(from: Side, to: Side, { protocol, port, what }: Port): void {
    new VpcSecurityGroupIngressRule(this, `${to}-${port}-from-${from}`, {
      securityGroupId: this[to].id,
      referencedSecurityGroupId: this[from].id,
      ipProtocol: protocol,
      fromPort: port,
      toPort: port,
      description: `${what}, from ${from}`,
      tags: componentTag(to),
    });
  }
}
