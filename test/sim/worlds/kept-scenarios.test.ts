/** Scenarios that went wrong once, each a file in `kept/`, made small by the simulator. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

const FOLDER = 'test/sim/worlds/kept';

for (const file of readdirSync(FOLDER)) {
  test(file.replace(/\.json$/, '').replaceAll('-', ' '), () => {
    const scenario = JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Scenario;
    assert.equal(runScenario(scenario).violation, undefined);
  });
}
