import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/model-streams.ts", [["0nbphqtn","streamText",5,""], ["818i6dfz","client().messages.stream",6,""], ["e0hsysbl","openai.chat.completions.create()",7,"i"], ["545osnzj","openai.chat.completions.create",7,"ae"], ["dj98n7n1","send",7,"ae"], ["7vw97r7t","step",8,"ae"], ["3oqxg1we","streamText().text",8,""], ["mmyhvgzo","streamText",8,"q"], ["tikx9jwm","openai.chat.completions.create",9,"ae"], ["db9pkfej","new TextDecoder.decode",10,""], ["s5icbwxt","file.stream",11,""]]);
import { streamText } from "ai";
import { step } from "holdfast";
const outside = streamText({ prompt: "outside of functions" });
export async function run(prompt: string, chunk: Uint8Array) { const $f1 = $hf.enter("hf:a:qjnnz91f", null); let $t1, $t2, $t4, $t5;
  const { textStream } = $hf.call($f1, $s[0], undefined, streamText, [{ prompt }]);
  const one = $hf.call($f1, $s[1], undefined, client, [], [["messages"], ["stream", [{ prompt }]]]);
  for await (const part of $t1 = $hf.iterate($f1, $s[2], await $hf.call($f1, $s[3], $t2 = openai.chat.completions, $t2.create, [{ prompt, stream: true }]))) { try { await $hf.call($f1, $s[4], undefined, send, [part]); } catch ($t3) { if ($hf.broken($f1, $t1, $t3)) await $hf.never(); throw $t3; } }
  const whole = await $hf.call($f1, $s[5], undefined, step, ["write", async () => { const $f2 = $hf.enter("hf:a:mymp8775", $f1); return $hf.join($f2, $s[6], $hf.call($f2, $s[7], undefined, streamText, [{ prompt }], [["text"]])); }]);
  const plain = await $hf.call($f1, $s[8], $t4 = openai.chat.completions, $t4.create, [{ prompt, stream: false }]);
  const text = $hf.call($f1, $s[9], $t5 = new TextDecoder(), $t5.decode, [chunk, { stream: true }]);
  return [textStream, one, whole, plain, text, $hf.call($f1, $s[10], file, file.stream, []), outside];
}
