import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/long-units.ts", [["vtgxrske","render",5,"aeq"], ["nbkvocko","fetch().then",10,"aeq"], ["0onlgjzl","fetch",10,""], ["cv5fygxi","answer.json",10,"eq"], ["t72vf77h","frames",11,""], ["1jbxxfof","step",18,"aeq"], ["794v1zpj","render",18,"eq"], ["g23dqcpf","render",21,"aeq"], ["bawdv8tz","render",26,"aeq"], ["2bmihjls","render",27,"aeq"], ["6x6r75bg","render",34,"aep"], ["qx9b3chw","encode",37,"aeq"], ["w73nyoda","wait.for",38,"aeq"], ["qh6rwter","Promise.all",42,"aeq"], ["ledwcy9i","films.map",42,"e"], ["n5z29nu4","render",42,"eq"], ["t6umk3yr","films.map",48,""], ["i4dn8mxg","render",49,"aeq"]]);
import { render } from "farm";
import { step, task, wait } from "holdfast";
import { encode } from "./encode.ts";
const hour = 60 * 60;
export const warned = task({ id: "warned", maxDuration: 1800, run: async (film: string) => { const $f1 = $hf.enter("hf:a:lys6hqft", null); return await $hf.call($f1, $s[0], undefined, render, [film]); } });
export const called = task({
  id: "called",
  maxDuration: 2 * hour,
  run: async (film: string) => { const $f1 = $hf.enter("hf:a:4d7238jk", null); let $t1;
    const { frames } = await $hf.call($f1, $s[1], $t1 = $hf.call($f1, $s[2], undefined, fetch, [`https://farm.example/${film}`]), $t1.then, [(answer) => { const $f2 = $hf.enter("hf:u:i41elcym", $f1); return $hf.call($f2, $s[3], answer, answer.json, []); }]);
    return $hf.join($f1, $s[4], frames);
  },
});
export const stepped = task({
  id: "stepped",
  maxDuration: hour,
  run: async (film: string) => { const $f1 = $hf.enter("hf:a:wwt3i749", null);
    return await $hf.call($f1, $s[5], undefined, step, ["all of it", () => { const $f2 = $hf.enter("hf:uc:ey19vj1m", $f1); return $hf.call($f2, $s[6], undefined, render, [film]); }]);
  },
});
export const short = task({ id: "short", maxDuration: 900, run: async (film: string) => { const $f1 = $hf.enter("hf:a:ta0kqm4f", null); return await $hf.call($f1, $s[7], undefined, render, [film]); } });
export const divided = task({
  id: "divided",
  maxDuration: hour,
  run: async (film: string) => { const $f1 = $hf.enter("hf:a:gdxjrt3w", null);
    const first = await $hf.call($f1, $s[8], undefined, render, [film]);
    return await $hf.call($f1, $s[9], undefined, render, [first]);
  },
});
export const looped = task({
  id: "looped",
  maxDuration: hour,
  run: async (films: string[]) => { const $f1 = $hf.enter("hf:a:6n2x7y83", null);
    for (const film of films) await $hf.call($f1, $s[10], undefined, render, [film]);
  },
});
export const own = task({ id: "own", maxDuration: hour, run: async (film: string) => { const $f1 = $hf.enter("hf:a:w82pdkmz", null); return await $hf.call($f1, $s[11], undefined, encode, [film]); } });
export const waits = task({ id: "waits", maxDuration: hour, run: async () => { const $f1 = $hf.enter("hf:a:3lrv4zkp", null); return await $hf.call($f1, $s[12], wait, wait.for, [{ hours: 2 }]); } });
export const listed = task({
  id: "listed",
  maxDuration: hour,
  run: async (films: string[]) => { const $f1 = $hf.enter("hf:a:tsh2esp7", null); return await $hf.call($f1, $s[13], Promise, Promise.all, [$hf.call($f1, $s[14], films, films.map, [(film) => { const $f2 = $hf.enter("hf:u:vjoermyd", $f1); return $hf.call($f2, $s[15], undefined, render, [film]); }])]); },
});
export const each = task({
  id: "each",
  maxDuration: hour,
  run: async (films: string[]) => { const $f1 = $hf.enter("hf:a:9f1cjq5p", null);
    $hf.call($f1, $s[16], films, films.map, [async (film) => { const $f2 = $hf.enter("hf:a:0okc2gis", $f1);
      await $hf.call($f2, $s[17], undefined, render, [film]);
    }]);
  },
});
