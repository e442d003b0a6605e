#include "scenario/schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenario/scenario.hpp"
#include "scenario/test_vocabulary.hpp"

namespace sim::scenario {
namespace {

using Json = nlohmann::json;

TEST(Schema, states_types_ranges_values_and_defaults_of_a_models_parameters) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary(), "counter"));
  const Json& parameters = schema["properties"]["parameters"]["properties"];
  EXPECT_EQ(parameters["threads"], Json::parse(R"({"type": "integer", "minimum": 1, "maximum": 8,
      "description": "In threads.", "default": 2})"));
  EXPECT_EQ(parameters["atomic"], Json::parse(R"({"type": "boolean", "default": false})"));
  EXPECT_EQ(parameters["selection"], Json::parse(R"({"type": "string", "enum": ["unsynchronised", "critical-section"],
      "description": "How a request is selected.", "default": "unsynchronised"})"));
  EXPECT_EQ(schema["properties"]["model"]["enum"], Json::parse(R"(["counter"])"));
  EXPECT_EQ(schema["properties"]["expect"]["properties"]["reaches"]["items"]["enum"],
            Json::parse(R"(["all-done", "contention"])"));
  EXPECT_EQ(schema["required"], Json::parse(R"(["name", "model"])"));
}

TEST(Schema, has_a_table_for_grouped_parameters) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary(), "philosophers"));
  EXPECT_EQ(schema["properties"]["parameters"]["properties"]["table"],
            Json::parse(R"({"type": "object", "additionalProperties": false, "properties": {
                "seats": {"type": "integer", "minimum": 2, "maximum": 9, "default": 3},
                "round": {"type": "boolean", "default": true}}})"));
}

TEST(Schema, refuses_unknown_keys_in_every_section) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary(), "counter"));
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const char* section : {"parameters", "faults", "explore", "expect"}) {
    EXPECT_EQ(schema["properties"][section]["additionalProperties"], false) << section;
  }
}

TEST(Schema, has_the_faults_of_a_model) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary(), "philosophers"));
  EXPECT_EQ(
      schema["properties"]["faults"]["properties"],
      Json::parse(R"({"fork_falls": {"type": "boolean", "description": "A fork falls to the floor.", "default": false},
                            "max_faults": {"type": "integer", "minimum": 0, "maximum": 4, "description": "In faults.",
                                           "default": 1}})"));
  const Json all = Json::parse(scenario_schema(test_vocabulary()));
  EXPECT_EQ(all["allOf"][1]["then"]["properties"]["faults"], schema["properties"]["faults"]);
}

TEST(Schema, has_every_key_that_validation_knows) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary()));
  for (const ExploreSpec& row : explore_table()) {
    EXPECT_TRUE(schema["properties"]["explore"]["properties"].contains(std::string(row.spec.name))) << row.spec.name;
  }
  EXPECT_EQ(schema["properties"]["explore"]["properties"]["strategy"]["enum"],
            Json::parse(R"(["dfs", "stateful", "random_walk", "preemption_bounded", "surw"])"));
  for (const SettingSpec& row : expect_table()) {
    EXPECT_TRUE(schema["properties"]["expect"]["properties"].contains(std::string(row.name))) << row.name;
  }
}

TEST(Schema, chooses_the_parameters_by_the_model) {
  const Json schema = Json::parse(scenario_schema(test_vocabulary()));
  ASSERT_EQ(schema["allOf"].size(), 2u);
  EXPECT_EQ(schema["allOf"][0]["if"]["properties"]["model"]["const"], "counter");
  EXPECT_TRUE(schema["allOf"][0]["then"]["properties"]["parameters"]["properties"].contains("threads"));
  EXPECT_EQ(schema["allOf"][1]["if"]["properties"]["model"]["const"], "philosophers");
}

}  // namespace
}  // namespace sim::scenario
