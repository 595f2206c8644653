import { DataAwsAvailabilityZones } from '@cdktf/provider-aws/lib/data-aws-availability-zones';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { DEFAULT_ZONES } from '../configuration/subnet-blocks';

/** As written, else the first of the region. AWS is asked while planning: a zone that it does not have stops the plan. */
export function zonesOf(scope: Construct, written: readonly string[] | undefined): readonly string[] {
  const there = new DataAwsAvailabilityZones(scope, 'zones', {
    state: 'available',
    filter: [
      { name: 'opt-in-status', values: ['opt-in-not-required', 'opted-in'] },
      { name: 'zone-type', values: ['availability-zone'] },
    ],
  });
  const needed = written
    ? `\${length(setsubtract(${JSON.stringify(written)}, self.names)) == 0}`
    : `\${length(self.names) >= ${DEFAULT_ZONES}}`;
  there.lifecycle = {
    postcondition: [
      {
        condition: needed,
        errorMessage:
          'context.smartscale.zones: must be at least two zones of the region; it has ${join(", ", self.names)}.',
      },
    ],
  };
  return written ?? Array.from({ length: DEFAULT_ZONES }, (_, i) => String(Fn.element(there.names, i)));
}
