import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  KEPT_ANNOTATIONS,
  KEPT_PREFIXES,
  keptAnnotations,
} from '../../../webhook/adapters/kubernetes/kept-annotations';
import { DRAIN_TAINT, LABELS, STARTUP_TAINT } from '../../../webhook/model/names';

const WEBHOOK = join(__dirname, '../../../webhook');
/** Where it says how to keep them, and where objects of the API server are read themselves. */
const ADAPTER = 'adapters/kubernetes';
/** `domain/name`, as annotations, labels and taints are written. */
const QUALIFIED = /'((?:[a-z0-9-]+\.)+[a-z]+\/[A-Za-z0-9._-]*|smartscale\/[a-z-]+)'/g;

/** Names of this form that are read from labels and taints, or are no names of Kubernetes at all. */
const NO_ANNOTATIONS: ReadonlySet<string> = new Set([...Object.values(LABELS), DRAIN_TAINT, STARTUP_TAINT]);
const NO_ANNOTATION_PREFIXES = [
  'topology.kubernetes.io/',
  'topology.ebs.csi.aws.com/',
  'failure-domain.beta.kubernetes.io/',
  'kubernetes.io/',
  'node.kubernetes.io/',
  'text/',
  'application/',
];

function namesInCode(): string[] {
  const files = readdirSync(WEBHOOK, { recursive: true, encoding: 'utf8' });
  const code = files.filter((file) => file.endsWith('.ts') && !file.startsWith(ADAPTER));
  return code.flatMap((file) =>
    [...readFileSync(join(WEBHOOK, file), 'utf8').matchAll(QUALIFIED)].map(([, name = '']) => name),
  );
}

it('knows every annotation that the code names', () => {
  const unknown = namesInCode()
    .filter((name) => !NO_ANNOTATIONS.has(name) && !NO_ANNOTATION_PREFIXES.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !KEPT_ANNOTATIONS.has(name) && !KEPT_PREFIXES.some((prefix) => name.startsWith(prefix)));
  expect(unknown).toEqual([]);
  expect(namesInCode()).toContain('karpenter.sh/do-not-disrupt');
});

it('keeps what is read and leaves the rest behind', () => {
  const delay = 'delay-deletion.cluster-autoscaler.kubernetes.io/volumes';
  const kept = {
    'smartscale/operation': 'op1',
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    [delay]: '',
  };
  const rest = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'prometheus.io/scrape': 'true' };
  expect(keptAnnotations({ ...rest, ...kept })).toEqual(kept);
  expect(keptAnnotations(rest)).toEqual({});
});
