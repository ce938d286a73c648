// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fields.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace millrace::fuzz {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A field that has a value, or an element of a list.
struct Place {
  Message* message;
  const FieldDescriptor* field;
  int at;  // within a list
};

void collect(Message& message, std::vector<Place>& places) {
  const google::protobuf::Reflection& fields = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  fields.ListFields(message, &present);
  for (const FieldDescriptor* const field : present) {
    const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const int count = field->is_repeated() ? fields.FieldSize(message, field) : 1;
    for (int at = 0; at < count; ++at) {
      places.push_back({&message, field, at});
      if (!nested) continue;
      collect(field->is_repeated() ? *fields.MutableRepeatedMessage(&message, field, at)
                                   : *fields.MutableMessage(&message, field),
              places);
    }
  }
}

// Reads and writes one type of numbers, which protobuf does by functions of one name for each.
template <class Number>
struct Access {
  Number (google::protobuf::Reflection::*get)(const Message&, const FieldDescriptor*) const;
  Number (google::protobuf::Reflection::*get_of_list)(const Message&, const FieldDescriptor*, int) const;
  void (google::protobuf::Reflection::*set)(Message*, const FieldDescriptor*, Number) const;
  void (google::protobuf::Reflection::*set_of_list)(Message*, const FieldDescriptor*, int, Number) const;

  [[nodiscard]] Number read(const Place& place) const {
    const google::protobuf::Reflection& fields = *place.message->GetReflection();
    return place.field->is_repeated() ? (fields.*get_of_list)(*place.message, place.field, place.at)
                                      : (fields.*get)(*place.message, place.field);
  }
  void write(const Place& place, Number number) const {
    const google::protobuf::Reflection& fields = *place.message->GetReflection();
    if (place.field->is_repeated())
      (fields.*set_of_list)(place.message, place.field, place.at, number);
    else
      (fields.*set)(place.message, place.field, number);
  }
};

using google::protobuf::Reflection;
constexpr Access<std::int32_t> int32{&Reflection::GetInt32, &Reflection::GetRepeatedInt32, &Reflection::SetInt32,
                                     &Reflection::SetRepeatedInt32};
constexpr Access<std::int64_t> int64{&Reflection::GetInt64, &Reflection::GetRepeatedInt64, &Reflection::SetInt64,
                                     &Reflection::SetRepeatedInt64};
constexpr Access<std::uint64_t> uint64{&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64, &Reflection::SetUInt64,
                                       &Reflection::SetRepeatedUInt64};
constexpr Access<float> real32{&Reflection::GetFloat, &Reflection::GetRepeatedFloat, &Reflection::SetFloat,
                               &Reflection::SetRepeatedFloat};
constexpr Access<double> real64{&Reflection::GetDouble, &Reflection::GetRepeatedDouble, &Reflection::SetDouble,
                                &Reflection::SetRepeatedDouble};
constexpr Access<int> enumerated{&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue,
                                 &Reflection::SetEnumValue, &Reflection::SetRepeatedEnumValue};

std::string read_text(const Place& place) {
  const Reflection& fields = *place.message->GetReflection();
  return place.field->is_repeated() ? fields.GetRepeatedString(*place.message, place.field, place.at)
                                    : fields.GetString(*place.message, place.field);
}

void write_text(const Place& place, const std::string& text) {
  const Reflection& fields = *place.message->GetReflection();
  if (place.field->is_repeated())
    fields.SetRepeatedString(place.message, place.field, place.at, text);
  else
    fields.SetString(place.message, place.field, text);
}

Message& nested(const Place& place) {
  const Reflection& fields = *place.message->GetReflection();
  return place.field->is_repeated() ? *fields.MutableRepeatedMessage(place.message, place.field, place.at)
                                    : *fields.MutableMessage(place.message, place.field);
}

class Change {
 public:
  Change(std::vector<Place> places, unsigned draw) : places_(std::move(places)), draws_(draw) {}

  void make() {
    const Place& place = one_of(places_);
    if (place.field->is_repeated() && draw(3) == 0)
      change_list(place);
    else
      change_value(place);
  }

 private:
  unsigned draw(std::size_t count) { return static_cast<unsigned>(draws_() % count); }

  template <class List>
  const typename List::value_type& one_of(const List& list) {
    return list[draw(list.size())];
  }

  // Another place whose value the field could have.
  const Place& like(const Place& place) {
    std::vector<const Place*> alike;
    for (const Place& other : places_) {
      if (other.field->type() == place.field->type() && other.field->message_type() == place.field->message_type() &&
          other.field->enum_type() == place.field->enum_type())
        alike.push_back(&other);
    }
    return *one_of(alike);
  }

  // Lists of texts and of messages can grow; those of numbers too, by a value that stands at their end.
  void change_list(const Place& place) {
    const Reflection& fields = *place.message->GetReflection();
    const int last = fields.FieldSize(*place.message, place.field) - 1;
    switch (draw(3)) {
      case 0:
        fields.SwapElements(place.message, place.field, place.at, last);
        return fields.RemoveLast(place.message, place.field);
      case 1:
        return fields.SwapElements(place.message, place.field, place.at, static_cast<int>(draw(last + 1U)));
      default:
        return repeat(place);
    }
  }

  void repeat(const Place& place) {
    const Reflection& fields = *place.message->GetReflection();
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const std::unique_ptr<Message> copy(nested(place).New());
        copy->CopyFrom(nested(place));
        return fields.AddMessage(place.message, place.field)->CopyFrom(*copy);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return fields.AddString(place.message, place.field, read_text(place));
      case FieldDescriptor::CPPTYPE_INT64:
        return fields.AddInt64(place.message, place.field, int64.read(place));
      case FieldDescriptor::CPPTYPE_INT32:
        return fields.AddInt32(place.message, place.field, int32.read(place));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return fields.AddFloat(place.message, place.field, real32.read(place));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return fields.AddDouble(place.message, place.field, real64.read(place));
      default:
        return;
    }
  }

  void change_value(const Place& place) {
    switch (place.field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return change_message(place);
      case FieldDescriptor::CPPTYPE_STRING:
        return change_text(place);
      case FieldDescriptor::CPPTYPE_ENUM:
        return enumerated.write(
            place,
            place.field->enum_type()->value(static_cast<int>(draw(place.field->enum_type()->value_count())))->number());
      case FieldDescriptor::CPPTYPE_INT32:
        return change_number(int32, place);
      case FieldDescriptor::CPPTYPE_INT64:
        return change_number(int64, place);
      case FieldDescriptor::CPPTYPE_UINT64:
        return change_number(uint64, place);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return change_number(real32, place);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return change_number(real64, place);
      default:
        return;
    }
  }

  template <class Number>
  void change_number(const Access<Number>& access, const Place& place) {
    using Limits = std::numeric_limits<Number>;
    const std::array unexpected = {Number(0),     Number(1),        Number(2),          Number(-1),
                                   Limits::max(), Limits::lowest(), Limits::infinity(), Limits::quiet_NaN()};
    switch (draw(4)) {
      case 0:
        return access.write(place, next(access.read(place)));
      case 1:
        return access.write(place, access.read(like(place)));
      default:
        return access.write(place, one_of(unexpected));
    }
  }

  template <class Number>
  static Number next(Number number) {
    // In unsigned numbers, because the largest one has no next.
    if constexpr (std::is_integral_v<Number>) return static_cast<Number>(static_cast<std::uint64_t>(number) + 1);
    return number + Number(1);
  }

  void change_text(const Place& place) {
    std::string text = read_text(place);
    switch (draw(4)) {
      case 0:
        return write_text(place, text.substr(0, draw(text.size() + 1)));
      case 1:
        return write_text(place, text + text.substr(0, draw(text.size() + 1)));
      default:
        return write_text(place, read_text(like(place)));
    }
  }

  // By way of a copy, because one of the two may stand in the other.
  void change_message(const Place& place) {
    Message& other = nested(like(place));
    const std::unique_ptr<Message> copy(other.New());
    copy->CopyFrom(other);
    nested(place).CopyFrom(*copy);
  }

  std::vector<Place> places_;
  std::minstd_rand draws_;
};

}  // namespace

bool change_field(Message& message, unsigned draw) {
  std::vector<Place> places;
  collect(message, places);
  if (places.empty()) return false;
  Change(std::move(places), draw).make();
  return true;
}

}  // namespace millrace::fuzz
