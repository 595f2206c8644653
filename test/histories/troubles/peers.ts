/** What everything depends on, away or refusing. */
import type { History } from '../support/history';
import type { Peer } from '../support/life';
import { OFFERINGS } from '../support/setting';
import type { Mend } from './trouble';

/** What EC2 says after it has looked whether the token has launched, and what it says before. */
const REFUSALS = ['InsufficientInstanceCapacity', 'VcpuLimitExceeded'];
const AT_THE_DOOR = ['UnauthorizedOperation', 'RequestLimitExceeded'];

export function storeAway(history: History): Mend {
  history.tell('the store does not answer');
  history.peers.storeAway(true);
  return () => history.peers.storeAway(false);
}

export function ec2Away(history: History): Mend {
  history.tell('EC2 does not answer');
  const { gate } = history.world.cloud;
  gate.setUnreachable(true);
  return () => gate.setUnreachable(false);
}

export function kubernetesAway(history: History): Mend {
  history.tell('the API server does not answer');
  history.peers.kubernetesAway(true);
  return () => history.peers.kubernetesAway(false);
}

/** One of a pair, or all. */
export function alertmanagerAway(history: History): Mend {
  const { members } = history.alertmanager.api;
  const away = history.draw.chance(0.5) ? members : members.slice(0, 1);
  history.tell(`${away.length} of ${members.length} Alertmanagers do not answer`);
  for (const member of away) member.unreachable = true;
  return () => {
    for (const member of away) member.unreachable = false;
  };
}

/** Everybody else reaches it. */
export function cutOff(history: History): Mend | null {
  const process = history.draw.anyOf(history.processes.filter(({ runs }) => runs));
  if (process === null) return null;
  const peer = history.draw.oneOf<Peer>(['alertmanager', 'alertmanager', 'ec2', 'kubernetes', 'store']);
  const { life } = process;
  history.tell(`${life.name} does not reach ${peer}`);
  life.cutOff.add(peer);
  return () => life.cutOff.delete(peer);
}

export function badNetwork(history: History): Mend {
  const percent = history.draw.oneOf([2, 5, 15]);
  history.tell(`${percent} % of all calls get lost there or back`);
  history.mishaps.share = percent / 100;
  return () => {
    history.mishaps.share = 0;
  };
}

export function lostReplies(history: History): null {
  history.tell('the next replies of CreateFleet and of the store get lost');
  history.world.cloud.gate.loseNextReply('CreateFleet', history.draw.between(1, 3));
  history.peers.loseStoreReply();
  return null;
}

export function refusal(history: History): null {
  const code = history.draw.oneOf([...REFUSALS, ...AT_THE_DOOR]);
  history.tell(`EC2 answers the next CreateFleet with ${code}`);
  const times = history.draw.between(1, 3);
  if (REFUSALS.includes(code)) history.world.cloud.refuseLaunches(code, times);
  else history.world.cloud.gate.failNext('CreateFleet', code, { times });
  return null;
}

export function scarcity(history: History): Mend {
  const { cloud } = history.world;
  const free = history.draw.oneOf([0, 0, 1, 2]);
  history.tell(`EC2 has only ${free} machines left`);
  OFFERINGS.forEach((offering, i) => cloud.setCapacity(offering, i === 0 ? free : 0));
  return () => OFFERINGS.forEach((offering) => cloud.setCapacity(offering, 1000));
}

/** On-demand machines are there. */
export function drought(history: History): Mend {
  const { cloud } = history.world;
  const spot = OFFERINGS.map((offering) => ({ ...offering, capacityType: 'spot' as const }));
  history.tell('EC2 has no spot');
  for (const offering of spot) cloud.setCapacity(offering, 0);
  return () => {
    history.tell('EC2 has spot again');
    for (const offering of spot) cloud.setCapacity(offering, 1000);
  };
}

export function noJoins(history: History): Mend {
  const next = history.draw.between(1, 3);
  history.tell(`the next ${next} machines never join`);
  history.world.joining.neverJoin({ next });
  return () => history.world.joining.neverJoin({ next: 0 });
}
