// Builds viewer.js and its licences into the folder named on the command line.
import { readFileSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import dcmjs from "dcmjs";
import { build } from "esbuild";

const out = process.argv[2] ?? "dist";
const nothing = "./src/nothing.js"; // stands for what the viewer never calls

const dictionary = {
  name: "dictionary",
  setup(building) {
    building.onResolve({ filter: /^dictionary$/ }, ({ path }) => ({ path, namespace: "made" }));
    building.onLoad({ filter: /.*/, namespace: "made" }, () => {
      const lines = Object.entries(dcmjs.data.DicomMetaDictionary.nameMap)
        .filter(([, { tag }]) => /^\([0-9A-F]{4},[0-9A-F]{4}\)$/.test(tag))
        .map(([name, { tag, vr, vm }]) => [name, tag.slice(1, 5) + tag.slice(6, 10), vr, vm].join(" "));
      return { contents: lines.sort().join("\n"), loader: "text" };
    });
  },
};

const built = await build({
  entryPoints: ["src/index.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  outfile: join(out, "viewer.js"),
  metafile: true,
  logLevel: "warning",
  loader: { ".css": "text" },
  plugins: [dictionary],
  // Files are parsed and decoded on the server: no DICOM parser is needed here.
  alias: { dcmjs: "./src/dcmjs.js", fs: nothing, path: nothing, url: nothing },
});

const packages = new Set(["dcmjs"]); // whose dictionary is copied
for (const [path, { bytesInOutput }] of Object.entries(Object.values(built.metafile.outputs)[0].inputs)) {
  const inside = path.split("node_modules/").at(-1).split("/");
  if (bytesInOutput && path.includes("node_modules/"))
    packages.add(inside.slice(0, inside[0].startsWith("@") ? 2 : 1).join("/"));
}
const texts = ["What viewer.js is made of beside the code in pages/ui/viewer, with licences.\n"];
for (const name of [...packages].sort()) {
  const folder = join("node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).sort().find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  const licence = typeof about.license === "object" ? about.license.type : about.license;
  texts.push(`${"=".repeat(78)}\n${name} ${about.version}, ${licence}\n\n${text.trim().replace(/\r/g, "")}\n`);
}
writeFileSync(join(out, "LICENCES.txt"), texts.join("\n"));
