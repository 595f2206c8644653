/** What the manifests of a ServiceAccount allow it, read as RBAC reads them: the ClusterRoles that are bound to it. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { rightOf } from './access';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

interface Manifest {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind?: string; readonly name?: string };
  readonly subjects?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
}

export interface BoundAccount {
  /** As the API server calls it. */
  readonly user: string;
  /** One for each verb on each resource. */
  readonly rights: readonly string[];
}

/** Throws when the file has not one ServiceAccount, or a rule that is not understood: what is too wide must not pass. */
export function boundAccount(file: string): BoundAccount {
  const manifests = parseAllDocuments(readFileSync(file, 'utf8')).map((it) => it.toJS() as Manifest);
  const [account, ...others] = manifests.filter(({ kind }) => kind === 'ServiceAccount');
  const { name, namespace } = account?.metadata ?? {};
  if (name === undefined || namespace === undefined || others.length > 0)
    throw new Error(`${file}: one ServiceAccount`);
  const bound = manifests.filter(
    ({ kind, subjects = [] }) =>
      kind === 'ClusterRoleBinding' &&
      subjects.some((it) => it.kind === 'ServiceAccount' && it.name === name && it.namespace === namespace),
  );
  const roles = manifests.filter(
    ({ kind, metadata }) =>
      kind === 'ClusterRole' && bound.some(({ roleRef }) => roleRef?.kind === kind && roleRef.name === metadata?.name),
  );
  const rights = roles.flatMap(({ rules = [] }) => rules.flatMap(rightsOf));
  return { user: `system:serviceaccount:${namespace}:${name}`, rights };
}

function rightsOf({ apiGroups = [], resources = [], verbs = [], ...more }: Rule): readonly string[] {
  const wide = [...apiGroups, ...resources, ...verbs].includes('*');
  if (wide || Object.keys(more).length > 0) throw new Error(`not understood: ${JSON.stringify({ resources, verbs })}`);
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, { group, resource }))),
  );
}
