import { faultOf, type Fault } from '../errors';
import type { Answer, Unanswered } from './judgement/facts';

/** Asks one question after the other, and none any more of a service that does not answer at all: each would take its time. */
export class Questions {
  readonly unanswered: Unanswered[] = [];
  /** By service, the first part of a permission. */
  private readonly lost = new Map<string, Fault>();

  async ask<T>(question: Omit<Unanswered, 'fault'>, call: () => Promise<T>): Promise<Answer<T>> {
    const [service = ''] = question.permission.split(':');
    const lost = this.lost.get(service);
    if (lost) return this.failed(question, lost);
    try {
      return { known: true, value: await call() };
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code === 'ec2-unreachable') this.lost.set(service, fault);
      return this.failed(question, fault);
    }
  }

  private failed(question: Omit<Unanswered, 'fault'>, fault: Fault): { readonly known: false; readonly fault: Fault } {
    this.unanswered.push({ ...question, fault });
    return { known: false, fault };
  }
}
