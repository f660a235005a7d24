/**
 * The contract suite: what every adapter has to pass, published so that adapters made elsewhere can run it too.
 *
 * ```js
 * import { test } from 'node:test';
 * import { testStore } from 'doorward/testing';
 * testStore('mine', (dataset) => mine({ database: dataset }), { test });
 * ```
 */
import { commitCases } from './cases-commit.js';
import { readCases } from './cases-read.js';
import { togetherCases } from './cases-together.js';
import type { OpenStore, StoreCase } from './harness.js';

export { faulty } from './faulty.js';
export type { Fault, FaultPlan, FaultyCall } from './faulty.js';
export type { CaseResult, OpenStore, StoreCase } from './harness.js';

/** All cases as data, for those who run them without a test runner, in a browser page for instance. */
export const storeCases: readonly StoreCase[] = Object.freeze([...readCases, ...commitCases, ...togetherCases]);

/** The part of a runner's context that is used: a case that cannot apply says so by `skip`, where there is one. */
export interface TestContext {
  skip?(reason: string): void;
}

/** `test` of node:test, vitest, jest, mocha's `it`…: anything that registers a named asynchronous function. */
export type RegisterTest = (name: string, run: (context?: TestContext) => Promise<void>) => unknown;

/**
 * Registers every case with a test runner.
 * @param name of the adapter; begins the name of each test
 * @param open gives a handle on the named data: a new name is an empty store, the same name a further handle on it
 */
export function testStore(name: string, open: OpenStore, { test }: { test: RegisterTest }): void {
  for (const { name: caseName, run } of storeCases) {
    test(`${name}: ${caseName}`, async (context) => {
      const result = await run(open);
      if (result !== undefined) context?.skip?.(result.skipped);
    });
  }
}
