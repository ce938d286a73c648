// SPDX-License-Identifier: Apache-2.0
//
// Maps the quantiles of a column to those of the normal distribution, linearly between them: any distribution becomes a
// nearly normal one, as with scikit-learn's QuantileTransformer(output_distribution="normal").
#include <algorithm>
#include <cmath>
#include <numbers>

#include "prepare/scalers/scaler.hpp"

namespace millrace {

namespace {

struct Quantile {
  static constexpr std::string_view op = "quantile", summary = "maps the quantiles to those of a normal distribution";
  std::int64_t bins = 100;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("bins", &Quantile::bins, "number of intervals", positive)};
  }
};

// The number below which a standard normal one lies with this probability, between -5.2 and 5.2 (probability 1e-7).
double normal_quantile(double probability) {
  double low = -5.2, high = 5.2;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

class QuantileScaler final : public Scaler {
 public:
  static constexpr bool invertible = false;

  QuantileScaler(const Quantile& options, const ColumnValues& values) {
    const std::int64_t bins = std::clamp<std::int64_t>(options.bins, 1, std::max<std::int64_t>(values.count() - 1, 1));
    std::vector<double> sorted = values.values();
    std::ranges::sort(sorted);
    for (std::int64_t bin = 0; bin <= bins; ++bin) {
      const double share = static_cast<double>(bin) / static_cast<double>(bins);
      add(quantile_of(sorted, share), normal_quantile(share));
    }
    complete();
  }
  /// The knots and then their images.
  explicit QuantileScaler(std::span<const double> numbers) {
    detail::check_scaler_numbers("quantile", numbers, std::max<std::size_t>(numbers.size() / 2 * 2, 2));
    const std::size_t count = numbers.size() / 2;
    for (std::size_t i = 0; i < count; ++i) add(numbers[i], numbers[count + i]);
    complete();
  }

  [[nodiscard]] float scaled(float value) const override {
    const auto bin = static_cast<std::size_t>(
        std::max<std::ptrdiff_t>(std::upper_bound(knots_.begin(), knots_.end(), value) - knots_.begin() - 1, 0));
    return std::clamp((value - knots_[bin]) * slopes_[bin] + images_[bin], images_.front(), images_.back());
  }
  [[nodiscard]] float unscaled(float scaled) const override {
    const auto at = std::upper_bound(images_.begin(), images_.end(), scaled);
    const auto bin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(at - images_.begin() - 1, 0));
    return slopes_[bin] > 0 ? knots_[bin] + (scaled - images_[bin]) / slopes_[bin] : knots_[bin];
  }
  [[nodiscard]] double reference(double value) const override {
    const auto at = std::upper_bound(knots_.begin(), knots_.end(), value,
                                     [](double a, float b) { return a < static_cast<double>(b); });
    const auto bin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(at - knots_.begin() - 1, 0));
    return std::clamp((value - static_cast<double>(knots_[bin])) * static_cast<double>(slopes_[bin]) +
                          static_cast<double>(images_[bin]),
                      static_cast<double>(images_.front()), static_cast<double>(images_.back()));
  }
  [[nodiscard]] std::string to_onnx(PlainGraph& graph, const std::string& name,
                                    const std::string& input) const override {
    const std::int64_t count = std::ssize(knots_);
    const auto list = [&](const char* what, const std::vector<float>& values) {
      return graph.add_constant(name + what, {count}, values);
    };
    // The number of knots at or below x, less one, is the bin.
    const std::string reached = graph.add("GreaterOrEqual", name + "/reached", {input, list("/knots", knots_)});
    const std::string ones = graph.add("Cast", name + "/ones", {reached}, {{"to", cast_to_real32}});
    const std::string unit = graph.add_constant(name + "/unit", {count, 1}, std::vector<float>(knots_.size(), 1));
    const std::string number = graph.add("MatMul", name + "/number", {ones, unit});
    const std::string less =
        graph.add("Sub", name + "/number_1", {number, graph.add_constant(name + "/one", {1}, {1})});
    const std::string zero = graph.add_constant(name + "/zero", {1}, {0});
    const std::string bin = graph.add("Cast", name + "/bin", {graph.add("Max", name + "/bin_number", {less, zero})},
                                      {{"to", cast_to_int64}});
    const auto of_bin = [&](const char* what, const std::string& constant) {
      return graph.add("Gather", name + what, {constant, bin}, {{"axis", std::int64_t{0}}});
    };
    const std::string distance = graph.add("Sub", name + "/distance", {input, of_bin("/knot", name + "/knots")});
    const std::string rise = graph.add("Mul", name + "/rise", {distance, of_bin("/slope", list("/slopes", slopes_))});
    const std::string sum = graph.add("Add", name + "/sum", {rise, of_bin("/image", list("/images", images_))});
    const std::string least = graph.add_constant(name + "/least", {1}, {images_.front()});
    const std::string most = graph.add_constant(name + "/most", {1}, {images_.back()});
    return graph.add("Min", name + "/scaled", {graph.add("Max", name + "/not_below", {sum, least}), most});
  }
  [[nodiscard]] std::vector<double> numbers() const override {
    std::vector<double> all(knots_.begin(), knots_.end());
    all.insert(all.end(), images_.begin(), images_.end());
    return all;
  }

 private:
  static double quantile_of(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double next = sorted[std::min(below + 1, sorted.size() - 1)];
    return sorted[below] + (place - static_cast<double>(below)) * (next - sorted[below]);
  }

  // Equal quantiles become one knot, whose image is in the middle of theirs.
  void add(double knot, double image) {
    if (!knots_.empty() && static_cast<float>(knot) <= knots_.back()) {
      images_.back() = static_cast<float>((static_cast<double>(first_image_) + image) / 2);
      return;
    }
    knots_.push_back(static_cast<float>(knot));
    images_.push_back(static_cast<float>(image));
    first_image_ = images_.back();
  }
  void complete() {
    for (std::size_t i = 0; i < knots_.size(); ++i) {
      const bool last = i + 1 == knots_.size();
      slopes_.push_back(last ? 0 : (images_[i + 1] - images_[i]) / (knots_[i + 1] - knots_[i]));
    }
  }

  std::vector<float> knots_, images_, slopes_;
  float first_image_ = 0;  // of the last knot, before equal ones moved it
};

}  // namespace

ScalerRow quantile_row() { return scaler_row_of<Quantile, QuantileScaler>(); }

}  // namespace millrace
