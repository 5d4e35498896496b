// The resize rule of the paper's reference, against hand-made cases and against Pillow.
import { resizeAndCrop } from "@imagefn/datasets";
import t from "tap";
import { planar } from "./_tools.js";

t.test("an image of the right size is left alone", async (t) => {
  const image = planar(7, 7, (c, y, x) => 80 * c + 7 * y + x);
  t.same(resizeAndCrop(image, 7), image.data);
});

t.test("one colour stays that colour at every ratio", async (t) => {
  for (const [width, height, size] of [
    [32, 32, 16],
    [33, 47, 16],
    [178, 218, 64],
    [300, 31, 31],
    [9, 9, 1],
  ]) {
    const out = resizeAndCrop(
      planar(width, height, (c) => [0, 137, 255][c]),
      size,
    );
    t.same(out, planar(size, size, (c) => [0, 137, 255][c]).data, `${width} x ${height} to ${size}`);
  }
});

t.test("a gradient is halved with a box filter", async (t) => {
  // Means of pairs, rounded up at each half: 2x + 1, then 4x + 2, then 8x + 4.
  const out = resizeAndCrop(
    planar(256, 256, (c, y, x) => [x, y, 9][c]),
    32,
  );
  t.same(out, planar(32, 32, (c, y, x) => [8 * x + 4, 8 * y + 4, 9][c]).data);
});

t.test("the centre is kept, the odd pixel goes from the end", async (t) => {
  const thirds = planar(12, 4, (c, _, x) => (Math.floor(x / 4) === c ? 255 : 0));
  t.same(resizeAndCrop(thirds, 4), planar(4, 4, (c) => (c === 1 ? 255 : 0)).data);
  const tall = planar(4, 7, (_, y) => y);
  t.same(resizeAndCrop(tall, 4), planar(4, 4, (_, y) => y + 1).data);
});

t.test("the bicubic equals Pillow's, overshoot and rounding included", async (t) => {
  // Pillow 12.3: Image.resize((5, 4), BICUBIC) of a 6 x 5 image, then crop((0, 0, 4, 4)).
  const image = planar(
    6,
    5,
    (c, y, x) => [Math.min(255, 50 * x + 3 * y), 255 * ((x + y) % 2), 255 - 40 * x][c],
  );
  const expected = [
    [5, 64, 125, 186, 9, 68, 129, 190, 13, 72, 133, 194, 17, 76, 137, 198],
    [87, 149, 128, 106, 141, 120, 128, 135, 141, 120, 128, 135, 87, 149, 128, 106],
    [251, 204, 155, 106, 251, 204, 155, 106, 251, 204, 155, 106, 251, 204, 155, 106],
  ];
  t.same([...resizeAndCrop(image, 4)], expected.flat());
});

t.test("a side that scales to a half is rounded to the even number, as in Python", async (t) => {
  const expected: Record<number, number[][]> = {
    // 6 * 3/4 = 4.5 becomes 4; 10 * 3/4 = 7.5 becomes 8. From Pillow 12.3.
    6: [
      [7, 43, 82, 9, 45, 84, 10, 46, 85],
      [10, 111, 85, 25, 126, 100, 39, 140, 114],
      [78, 148, 148, 128, 128, 128, 177, 107, 107],
    ],
    10: [
      [66, 97, 128, 68, 99, 130, 69, 100, 131],
      [113, 83, 139, 128, 98, 154, 142, 112, 168],
      [177, 93, 93, 128, 128, 128, 78, 162, 162],
    ],
  };
  for (const width of [6, 10]) {
    const image = planar(
      width,
      4,
      (c, y, x) => [25 * x + y, (37 * x * x + 11 * y) % 256, 255 * ((Math.floor(x / 2) + y) % 2)][c],
    );
    t.same([...resizeAndCrop(image, 3)], expected[width].flat(), `${width} x 4 to 3`);
  }
});

t.test("images are not enlarged", async (t) => {
  t.throws(
    () =>
      resizeAndCrop(
        planar(8, 4, () => 0),
        5,
      ),
    /got 8 x 4, expected at least 5/,
  );
});
