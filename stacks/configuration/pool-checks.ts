import type { Mistake } from './mistake';
import { architectureMistakes } from './host-checks';
import { labelChecks, taintChecks } from './node-terms';
import type { PoolConfiguration } from './schema';

/** It is part of the names of launch templates and parameters. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;

export function poolChecks(name: string, pool: PoolConfiguration): readonly Mistake[] {
  const { instanceTypes, architecture, labels, taints } = pool;
  const path = ['pools', name];
  return [
    ...(NAME.test(name)
      ? []
      : [{ path, message: 'must be a name of at most 30 lower case letters, digits and dashes' }]),
    ...instanceTypes.flatMap((type, i) =>
      architectureMistakes([...path, 'instanceTypes', String(i)], type, architecture),
    ),
    ...labelChecks(labels, [...path, 'labels']),
    ...taintChecks(taints, [...path, 'taints']),
  ];
}
