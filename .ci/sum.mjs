// Sums the results of all test runs, prints them as the last line, and fails where anything failed or was left out.
import { readFileSync } from 'node:fs';

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of process.argv.slice(2)) {
  const results = JSON.parse(readFileSync(file, 'utf8'));
  sum.passed += results.numPassedTests;
  sum.failed +=
    results.numFailedTests + (results.numFailedTestSuites > 0 && results.numFailedTests === 0 ? 1 : 0);
  sum.skipped += results.numPendingTests + results.numTodoTests;
}
if (sum.skipped > 0)
  console.log(`${sum.skipped} tests were skipped: this machine should have what they need`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 || sum.skipped > 0 || sum.passed === 0 ? 1 : 0;
