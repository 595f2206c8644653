import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DisruptionBudget } from '../../model/observation';
import { toLabelSelector } from './neighbours';
import type { Raw } from './raw';

type Whole = Raw<V1PodDisruptionBudget>;
/** Of the status only the numbers. */
type RawBudget = Pick<Whole, 'metadata' | 'spec'> & { status?: Omit<NonNullable<Whole['status']>, 'conditions'> };

const NOT_LOOKED_AT = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

/** A PodDisruptionBudget of policy/v1, reduced to what decisions need. Without a status it allows nothing yet. */
export function toBudget({ metadata = {}, spec, status = NOT_LOOKED_AT }: RawBudget): DisruptionBudget {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, observedGeneration = 0 } = status;
  const { namespace = '', name = '' } = metadata;
  return {
    namespace,
    name,
    selector: toLabelSelector(spec?.selector),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    isCurrent: observedGeneration >= (metadata.generation ?? 0),
    sparesUnready: spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow',
  };
}
