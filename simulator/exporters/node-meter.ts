/** What a machine is built of. */
export interface MachineShape {
  /** Whole vCPUs. */
  readonly cores: number;
  /** MemTotal, bytes. */
  readonly memory: number;
}

/** What everything on a machine uses together: busy cores and bytes. */
export interface MachineUse {
  readonly cpu: number;
  readonly memory: number;
}

/** A machine's counters as they stand at one moment. */
export interface MeterReading extends MachineShape {
  /** Epoch milliseconds. */
  readonly bootedAt: number;
  /** Core-seconds since boot; together cores x uptime. */
  readonly busySeconds: number;
  readonly idleSeconds: number;
  /** Bytes in use now. */
  readonly usedMemory: number;
}

/**
 * Integrates what a machine uses, in real clock time, so that `rate()` over the counters gives busy cores. Usage holds
 * from one `set` to the next, so the integral is exact for whatever steps the caller makes. One meter lives as long as
 * one boot: after a reboot counters start at zero in a new meter.
 */
export class NodeMeter {
  private integratedTo: number;
  private use: MachineUse = { cpu: 0, memory: 0 };
  private busySeconds = 0;
  private idleSeconds = 0;

  /** `bootedAt` in epoch milliseconds. */
  constructor(
    private readonly bootedAt: number,
    private readonly shape: MachineShape,
  ) {
    this.integratedTo = bootedAt;
  }

  /** From `now` (epoch milliseconds) on the machine does this; more than it has is cut to what it has. */
  set(now: number, use: MachineUse): void {
    this.integrate(now);
    this.use = {
      cpu: Math.min(Math.max(use.cpu, 0), this.shape.cores),
      memory: Math.min(Math.max(use.memory, 0), this.shape.memory),
    };
  }

  read(now: number): MeterReading {
    this.integrate(now);
    return {
      ...this.shape,
      bootedAt: this.bootedAt,
      busySeconds: this.busySeconds,
      idleSeconds: this.idleSeconds,
      usedMemory: this.use.memory,
    };
  }

  /** A clock that went back adds nothing: counters never fall. */
  private integrate(now: number): void {
    if (now <= this.integratedTo) return;
    const seconds = (now - this.integratedTo) / 1000;
    this.integratedTo = now;
    this.busySeconds += this.use.cpu * seconds;
    this.idleSeconds += (this.shape.cores - this.use.cpu) * seconds;
  }
}
