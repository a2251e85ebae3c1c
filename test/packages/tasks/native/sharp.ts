import { task } from "holdfast";
import sharp from "sharp";

const url = process.env.STUB_URL;

export const withSharp = task({
  id: "sharp",
  run: async () => {
    const background = { r: 255, g: 0, b: 0, alpha: 1 };
    const input = await sharp({ create: { width: 48, height: 48, channels: 4, background } })
      .png()
      .toBuffer();
    const metadata = await sharp(input).metadata();
    const response = await fetch(`${url}/orders/image`, { method: "POST", body: new Uint8Array(input) });
    const { data, info } = await sharp(input)
      .rotate()
      .resize(8)
      .jpeg({ quality: 80 })
      .toBuffer({ resolveWithObject: true });
    const second = await fetch(`${url}/orders/small`, { method: "POST", body: new Uint8Array(data) });
    return [
      metadata.width,
      info.width,
      data[0],
      (await response.json()).receipt,
      (await second.json()).receipt,
    ];
  },
});
