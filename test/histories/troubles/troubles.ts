/** What goes wrong in a history, and what people do meanwhile. Each tells what it does and how it is mended. */
import { cordon, deleteNode, ec2Takes, falseWarning, hangKubelet, killInstance, uncordon } from './hands';
import {
  database,
  flowControl,
  heldPods,
  heldVolumes,
  namespaceGoes,
  otherBudget,
  otherWriter,
  slowKubelet,
  webhookDown,
} from './drains';
import { budget, burst, needsMore, stubbornPod } from './load';
import { pause, silence } from './orders';
import {
  alertmanagerAway,
  badNetwork,
  cutOff,
  drought,
  ec2Away,
  kubernetesAway,
  lostReplies,
  noJoins,
  refusal,
  scarcity,
  storeAway,
} from './peers';
import { duplicate, noWatchdog, oddAlert, stale } from './posts';
import { birth, death, politeStop, trap } from './processes';
import type { Trouble } from './trouble';

/** How often each happens, against the others. */
export const TROUBLES: readonly { readonly weight: number; readonly thing: Trouble }[] = [
  { weight: 10, thing: needsMore },
  { weight: 4, thing: burst },
  { weight: 5, thing: oddAlert },
  { weight: 3, thing: duplicate },
  { weight: 2, thing: stale },
  { weight: 1, thing: silence },
  { weight: 2, thing: pause },
  { weight: 1, thing: noWatchdog },
  { weight: 3, thing: death },
  { weight: 10, thing: trap },
  { weight: 1, thing: politeStop },
  { weight: 8, thing: birth },
  { weight: 1, thing: storeAway },
  { weight: 1, thing: ec2Away },
  { weight: 1, thing: kubernetesAway },
  { weight: 1, thing: alertmanagerAway },
  { weight: 4, thing: cutOff },
  { weight: 2, thing: badNetwork },
  { weight: 2, thing: lostReplies },
  { weight: 2, thing: refusal },
  { weight: 2, thing: scarcity },
  { weight: 5, thing: drought },
  { weight: 3, thing: noJoins },
  { weight: 2, thing: cordon },
  { weight: 2, thing: uncordon },
  { weight: 2, thing: killInstance },
  { weight: 1, thing: deleteNode },
  { weight: 4, thing: ec2Takes },
  { weight: 1, thing: falseWarning },
  { weight: 1, thing: hangKubelet },
  { weight: 3, thing: stubbornPod },
  { weight: 3, thing: budget },
  { weight: 2, thing: otherBudget },
  { weight: 2, thing: heldPods },
  { weight: 2, thing: database },
  { weight: 2, thing: namespaceGoes },
  { weight: 2, thing: slowKubelet },
  { weight: 3, thing: otherWriter },
  { weight: 1, thing: heldVolumes },
  { weight: 1, thing: webhookDown },
  { weight: 2, thing: flowControl },
];
