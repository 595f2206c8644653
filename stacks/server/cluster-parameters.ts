import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { K3S_RELEASE, SERVER_ADDRESS, type Names } from '../names';
import { componentTag } from '../tags';

interface Wanted {
  readonly names: Names;
  readonly settings: {
    readonly region: string;
    readonly table: string;
    readonly bucket: string;
    readonly logGroup: string;
    readonly topic: string;
  };
  /** Version and checksum, for the architecture of the server. */
  readonly k3s: { readonly version: string; readonly sha256: string };
}

/** What the server has to know of what was made around it, and workers of the server. */
export class ClusterParameters extends Construct {
  /** What the first boot of the server asks for. */
  readonly first: readonly SsmParameter[];
  readonly #names: Names;

  constructor(scope: Construct, id: string, { names, settings, k3s }: Wanted) {
    super(scope, id);
    this.#names = names;
    this.first = [
      this.#parameter('config/cluster', 'What was made for the cluster', Fn.jsonencode(settings)),
      this.#parameter(K3S_RELEASE, 'K3s of the server, and its SHA-256', `${k3s.version} ${k3s.sha256}`),
    ];
  }

  /** Of the API server, without a port. */
  readonly address = (value: string): void => {
    this.#parameter(SERVER_ADDRESS, 'Private address of the K3s server', value);
  };

  #parameter(name: string, description: string, value: string): SsmParameter {
    return new SsmParameter(this, name.replace('/', '-'), {
      name: `${this.#names.parameters}/${name}`,
      description,
      type: 'String',
      value,
      tags: componentTag('state'),
    });
  }
}
