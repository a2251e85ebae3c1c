import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/emptied-streams.ts", [["pyzyaub4","new PassThrough",8,""], ["g3d56u0e","pipeline",9,""], ["7r5ha5qy","Readable.from",9,""], ["vra9wycp","pass",10,""], ["yhalsls7","send",10,"ae"], ["z3npfzmw","filled",11,""], ["o0wa6s3n","Readable.from().compose().toArray",12,"a"], ["hddeeuq3","Readable.from",12,""], ["66cmfe8m","ReadableStream.from",13,""], ["fvv15rzj","rows",13,""], ["9epuljsm","source.pipeTo",14,"ae"], ["zuobxypc","ReadableStream.from().pipeThrough().pipeTo",15,"a"], ["zapk30q6","ReadableStream.from",15,""], ["bvki1kg0","rows",15,""], ["nrrhpxrf","createServer",16,""], ["k3yx53zn","connect",17,""], ["eby1cmtb","socket",18,"i"], ["ula4yz4l","send",18,"ae"], ["k93wwu40","step",19,"ae"], ["penpb5xo","Readable.from().compose().toArray()",19,""], ["zdhg3jhe","Readable.from().compose().toArray",19,"q"], ["nlkvkvsp","Readable.from",19,""], ["1247l2y7","pipeline",20,"ae"], ["ygm44x5w","Readable.from",20,""], ["0psfj9dr","new PassThrough",20,""], ["ovlp2ls1","parts",20,""], ["qh0tji1j","part",20,""], ["remhg90n","ReadableStream.from().pipeTo",21,"a"], ["0vy57fd0","mine",21,""], ["nny4ko4t","ReadableStream.from().pipeTo",22,"a"], ["h461itlw","connect",23,""], ["cwo8z24b","lib.compose",24,""], ["ngwmzeew","database.connect",24,""]]);
import { connect, createServer } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rows } from "database";
import { step } from "holdfast";
import { mine } from "./mine.ts";
export async function run(port: number, sink: WritableStream) { const $f1 = $hf.enter("hf:a:90ndckk2", null); let $t1, $t3, $t4, $t5;
  const pass = $hf.construct($f1, $s[0], PassThrough, []);
  const filled = $hf.call($f1, $s[1], undefined, pipeline, [$hf.call($f1, $s[2], Readable, Readable.from, [[1]]), pass]);
  for await (const part of $t1 = $hf.iterate($f1, $s[3], pass)) { try { await $hf.call($f1, $s[4], undefined, send, [part]); } catch ($t2) { if ($hf.broken($f1, $t1, $t2)) await $hf.never(); throw $t2; } }
  await $hf.join($f1, $s[5], filled);
  const made = await $hf.call($f1, $s[6], $t3 = $hf.call($f1, $s[7], Readable, Readable.from, [[1]]), $t3.compose, [double], [["toArray", []]]);
  const source = $hf.call($f1, $s[8], ReadableStream, ReadableStream.from, [$hf.call($f1, $s[9], undefined, rows, [])]);
  await $hf.call($f1, $s[10], source, source.pipeTo, [sink]);
  await $hf.call($f1, $s[11], $t4 = $hf.call($f1, $s[12], ReadableStream, (ReadableStream as any).from, [$hf.call($f1, $s[13], undefined, rows, [])]), $t4.pipeThrough, [upper], [["pipeTo", [sink]]]);
  const server = $hf.call($f1, $s[14], undefined, createServer, []);
  const socket = $hf.call($f1, $s[15], undefined, connect, [port]);
  for await (const part of $t5 = $hf.iterate($f1, $s[16], socket)) { try { await $hf.call($f1, $s[17], undefined, send, [part]); } catch ($t6) { if ($hf.broken($f1, $t5, $t6)) await $hf.never(); throw $t6; } }
  const whole = await $hf.call($f1, $s[18], undefined, step, ["read", async () => { const $f2 = $hf.enter("hf:a:n50zqre7", $f1); let $t7; return $hf.join($f2, $s[19], $hf.call($f2, $s[20], $t7 = $hf.call($f2, $s[21], Readable, Readable.from, [[1]]), $t7.compose, [double], [["toArray", []]])); }]);
  await $hf.call($f1, $s[22], undefined, pipeline, [$hf.call($f1, $s[23], Readable, Readable.from, [[1]]), $hf.construct($f1, $s[24], PassThrough, []), async function* (parts, ...{ $f2 = $hf.enter("hf:g:99ld8ho5", $f1), $t8 }) { for await (const part of $t8 = $hf.iterate($f2, $s[25], parts)) { try { yield $hf.join($f2, $s[26], part); } catch ($t9) { if ($hf.broken($f2, $t8, $t9)) await $hf.never(); throw $t9; } } }]);
  await $hf.call($f1, $s[27], ReadableStream, ReadableStream.from, [$hf.call($f1, $s[28], undefined, mine, [])], [["pipeTo", [sink]]]);
  await $hf.call($f1, $s[29], ReadableStream, ReadableStream.from, [[1, 2]], [["pipeTo", [sink]]]);
  const other = $hf.call($f1, $s[30], undefined, connect, [port]);
  return [made, whole, server, $hf.call($f1, $s[31], lib, lib.compose, [double]), $hf.call($f1, $s[32], database, database.connect, []), other];
}
