// A tap reporter: passes failures through, and ends the run with one line, `N passed, M failed`.
import { Transform } from "node:stream";

/** Reads the TAP of the whole run; prints a line for each test file and everything about a failure. */
export default class Summary extends Transform {
  #passed = 0;
  #failed = 0;
  /** Failures up to the file before. */
  #counted = 0;
  #rest = "";
  #failing = false;

  _transform(chunk, _encoding, done) {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
    done();
  }

  _flush(done) {
    if (this.#rest) this.#line(this.#rest);
    this.push(`${this.#passed} passed, ${this.#failed} failed\n`);
    done();
  }

  #line(line) {
    const point = /^(\s*)(not )?ok \d+\b/.exec(line);
    if (point) {
      const isFile = point[1] === "";
      const isGroup = /\{\s*$/.test(line) || isFile;
      this.#failing = point[2] !== undefined && !/# (SKIP|TODO)/i.test(line);
      if (!isGroup) this.#failing ? this.#failed++ : this.#passed++;
      // A file may fail as a whole, before or after its assertions.
      if (isFile && this.#failing && this.#failed === this.#counted) this.#failed++;
      if (isFile) this.#counted = this.#failed;
      if (isFile || this.#failing || /# SKIP/i.test(line)) this.push(`${line.replace(/ \{\s*$/, "")}\n`);
    } else if (this.#failing || /^\s*(Bail out!|#.*(fail|error))/i.test(line)) {
      this.push(`${line}\n`);
    }
  }
}
