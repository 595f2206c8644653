import type { Scene, SceneOptions } from '../support/scene';

/** What the call that was in its hands may change when it is made at last: patterns of `differences`. */
export type Changes = readonly RegExp[];

export interface Story {
  readonly name: string;
  readonly scene: SceneOptions;
  /** What there is before anybody is watched. */
  readonly given?: (scene: Scene) => Promise<unknown>;
  /** What makes the first replica act. */
  readonly begins: (scene: Scene) => Promise<unknown>;
  /** What else happens while it is paused. */
  readonly meanwhile?: (scene: Scene) => Promise<unknown>;
  readonly isOver: (scene: Scene) => boolean | Promise<boolean>;
  /** Part of `outcomeOf`. */
  readonly end: Readonly<Record<string, unknown>>;
  /** The calls before which it is paused, and what each of them may change when it comes late. */
  readonly calls: Readonly<Record<string, Changes>>;
  /** These are all calls that a process makes in this story. */
  readonly complete?: boolean;
}

/** It leaves everything as it is. */
export const nothing: Changes = [];

/** Every look makes these, with its sweep. */
export const LOOKS = {
  'store.takeLease': nothing,
  'store.readPool': nothing,
  'alertmanager.read': nothing,
  'ec2.listInstances': nothing,
  'ec2.describeInstances': nothing,
  'kubernetes.listNodes': nothing,
  'kubernetes.listPods': nothing,
} as const;
