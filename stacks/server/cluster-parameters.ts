import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import type { StackConfiguration } from '../configuration';
import { serverRelease } from '../hosts/settings';
import { K3S_RELEASE, SERVER_ADDRESS, type Names } from '../names';
import { componentTag } from '../tags';

interface Wanted {
  readonly configuration: StackConfiguration;
  readonly names: Names;
  readonly settings: {
    readonly region: string;
    readonly table: string;
    readonly bucket: string;
    readonly logGroup: string;
    readonly topic: string;
  };
}

/** What the server has to know of what was made around it, and workers of the server. */
export class ClusterParameters extends Construct {
  /** What the first boot of the server asks for. */
  readonly first: readonly SsmParameter[];
  readonly #names: Names;

  constructor(scope: Construct, id: string, { configuration, names, settings }: Wanted) {
    super(scope, id);
    this.#names = names;
    const { version, sha256 } = serverRelease(configuration);
    const all = { ...settings, journal: configuration.logs.journal };
    this.first = [
      this.#parameter('config/cluster', 'What was made for the cluster', Fn.jsonencode(all)),
      this.#parameter(K3S_RELEASE, 'K3s of the server, and its SHA-256', `${version} ${sha256}`),
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
