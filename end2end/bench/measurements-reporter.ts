// Prints the measurements, and the errors if one of them fails.
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

export default class MeasurementsReporter implements Reporter {
  onTestEnd(test: TestCase, result: TestResult) {
    for (const { description } of test.annotations) console.log(description);
    for (const error of result.errors) console.error(`${test.title}: ${error.message}`);
  }
}
