export default { name: "not a stage", options: {} };
