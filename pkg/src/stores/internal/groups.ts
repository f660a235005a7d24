/** Commits that wait at the same time are made together: what they share is one transaction, not one fate. */
import type { CommitResult } from '../../contract.js';
import type { Outcome } from './decide.js';
import type { PlannedCommit } from './validate.js';

interface Waiting {
  readonly commit: PlannedCommit;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

export interface GroupOptions {
  /** Makes the commits in their order; resolved means durable. */
  transact(commits: readonly PlannedCommit[]): Promise<readonly Outcome[]>;
  /** Called once a successful commit, in their order, before its promise resolves. */
  done(outcome: Outcome): void;
  /** May each of a group that failed so be tried alone? One that is too large must not take down those beside it. */
  alone(error: unknown): boolean;
}

export class CommitGroups {
  readonly #options: GroupOptions;
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  add(commit: PlannedCommit): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject });
      if (this.#committing) return;
      this.#committing = true;
      // Later, so that the commits of one turn meet in one transaction.
      queueMicrotask(() => void this.#commitWaiting());
    });
  }

  async #commitWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commitGroup(group);
    }
    this.#committing = false;
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#options.transact(group.map(({ commit }) => commit));
      outcomes.forEach((outcome, at) => {
        if (outcome.result.ok) this.#options.done(outcome);
        group[at]?.resolve(outcome.result);
      });
    } catch (error) {
      if (group.length === 1 || !this.#options.alone(error)) group.forEach(({ reject }) => reject(error));
      else for (const one of group) await this.#commitGroup([one]);
    }
  }
}
