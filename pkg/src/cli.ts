#!/usr/bin/env node
import { main } from './cli/main.js';

process.exitCode = await main(process.argv.slice(2));
// Everything is closed. A connection that the platform keeps for later requests must not keep the command, too.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
