/** What the functions load with its first use: loaded ahead, for the played clock would go on while it is read from the disk. */
import "../../engine/token-ends.ts";
import "../../functions/aws/dynamo-free.ts";
import "../../functions/aws/dynamo-keys.ts";
import "../../functions/dead-letter.ts";
import "../../functions/lost-pass.ts";
import "../../functions/missing-code.ts";
import "../../functions/refused-ring.ts";
import "../../testing/loaded-ahead.ts";
