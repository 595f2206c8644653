import { playSale } from './flash-sale/play';
import { POOL, POOL_CONFIG } from './flash-sale/sale';
import type { ScenarioName } from './options';
import type { Scenario } from './scenario';
import { DROUGHT_POOLS } from './spot-drought/drought';
import { playDrought } from './spot-drought/play';
import { STUBBORN_POOLS } from './stubborn-drain/cast';
import { playStubborn } from './stubborn-drain/play';

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  'flash-sale': { pools: { [POOL]: POOL_CONFIG }, play: playSale },
  'spot-drought': { pools: DROUGHT_POOLS, play: playDrought },
  'stubborn-drain': { pools: STUBBORN_POOLS, play: playStubborn },
};
